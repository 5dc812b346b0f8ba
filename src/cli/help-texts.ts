/** What stands at the end of the help of `evict doctor`. */
export const CHECKUP_HELP = `
Nothing is changed: each permission is tried on something that cannot exist (a certificate of zeros, a policy and a client with
random names), so that whoever may make the call is told that there is no such thing. This shows the permission for such a
resource, not for every one. On the broker it connects under random client IDs of its own. See docs/doctor.md.

Exit codes:
  0 the configured way of working would carry a whole response through
  2 usage
  4 it would not, or it cannot be told
`;

/** … of `evict watch`. */
export const WATCH_HELP = `
It needs iot:Connect, iot:Subscribe and iot:Receive as in policies/watch.json, and listens under a client ID of its own. What it
did not acknowledge, and what comes while it is away, the broker keeps for its return: for an hour, unless the quota was raised. One
connection delivers 100 events a second at most: a fleet that has more wants policies/presence-history.yaml. See docs/sources.md.

Exit codes:
  0 stopped by Ctrl-C or a signal
  1 the journal can take no more, as on a full disk; what was recorded is whole
  2 usage, or another evict watch records into the same journal
  4 it could not begin: credentials, permissions or the broker
`;

/** … of `evict audit`. */
export const AUDIT_HELP = `
Clients are looked at once each, a few at a time: those that are named, those of the list, then, with --all, every client that the
sources know. Nothing is changed, and nothing is recorded. In the list, each line is a client ID as it stands, a JSON string, or a
JSON object with a "clientId", as evict incidents --json has it. Blank lines and those that begin with "#" are passed over: write
such an ID as a JSON string, "#1". See docs/audit.md.

Exit codes:
  0   each could be evicted
  2   usage; or no client can be asked about in this way
  3   none was found
  4   of none could it be told: credentials, permissions or the service
  7   something stands in the way of each
  9   partial: they do not agree, or not all were looked at
  130 interrupted
`;

/** … and of a response. */
export const EXIT_CODE_HELP = `
Exit codes:
  0 evicted, not-connected, planned, restored    5 unverified: contained, not proved gone
  1 failed                                       6 returned: it came back
  2 usage                                        7 refused: a blocker, or declined; unchanged
  3 not-found; nothing was changed               8 kicked (--action none)
  4 denied; nothing was changed                  9 partial (audit)
                                                 130 interrupted
`;
