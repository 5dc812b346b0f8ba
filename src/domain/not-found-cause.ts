import { isHidden, quoted, shown } from './cause-words.ts';
import type { Facts } from './facts.ts';
import { printable } from './printable.ts';
import { whatAKickTold } from './unidentified.ts';
import type { Cause } from './verdict-words.ts';

/** No principal was found: where it was looked for, and where else to look. */
export function notFound(facts: Facts): Cause {
  return {
    code: 'not-found',
    message: `no event of client "${shown(facts)}" in ${sourceNames(facts)}`,
    hint: whereElse(facts),
    retryable: false,
    ...whatAKickTold(facts, `no event of client "${shown(facts)}" in ${sourceNames(facts)}`),
  };
}

function whereElse(facts: Facts): string {
  const near = facts.sources?.near ?? [];
  const byKick = isHidden(facts) || facts.opened?.request.identifyByKick ? '' : KICK;
  if (near.length > 0) return `did you mean ${quoted(near, ' or ')}? client IDs are case-sensitive${byKick}`;
  const wait = waitedInVain(facts) ? ', raise --lookup-timeout' : '';
  return `check the client ID and the sources${wait}, or name the principal with --principal${byKick}`;
}

const KICK = '; or let a kick tell who it is: --identify-by-kick';

function sourceNames(facts: Facts): string {
  const read = facts.sources?.passedOver ?? [];
  if (read.length === 0) return 'any source';
  return read
    .map(({ source, notPresence, malformed, waitedMs }) => {
      if (waitedMs !== undefined)
        return `${printable(source)} (nobody connected in ${Math.round(waitedMs / 1_000)} s)`;
      return notPresence + malformed === 0
        ? printable(source)
        : `${printable(source)} (passed over: ${notPresence} not presence events, ${malformed} malformed)`;
    })
    .join(', ');
}

function waitedInVain({ sources }: Facts): boolean {
  return (sources?.passedOver ?? []).some(({ waitedMs }) => waitedMs !== undefined);
}
