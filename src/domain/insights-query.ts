import { ACTIVITY } from './iot-log-entry.ts';
import type { Principal } from './principal.ts';

/** What one query gives at most, by default. (CloudWatch Logs user guide, "limit") */
export const MOST_ROWS = 10_000;

/** Printable ASCII without what could mean something: quotes, backslash, backtick, comment, pipe. */
const PLAIN = /^[ !$-[\]-_a-{}~]*$/u;
/** What stands for itself in a regular expression, whatever its dialect. */
const LITERAL = /[\w-]+/gu;

/**
 * A condition that a field has this value. A value with any character that might end the string, or mean something else to Logs
 * Insights, is asked for by a pattern in which those stand for whatever: nothing that a client calls itself gets into the query.
 * So more than asked for may be found, and who reads sorts out.
 */
export function hasValue(field: string, value: string): string {
  if (PLAIN.test(value)) return `${field} = "${value}"`;
  return `${field} like /^${patternOf(value)}$/`;
}

function patternOf(value: string): string {
  let [pattern, end] = ['', 0];
  for (const { 0: literal, index } of value.matchAll(LITERAL)) {
    pattern += `${index > end ? ANYTHING : ''}${literal}`;
    end = index + literal.length;
  }
  return end < value.length ? `${pattern}${ANYTHING}` : pattern;
}

function eitherCase(letter: string): string {
  return `[${letter.toLowerCase()}${letter.toUpperCase()}]`;
}

/** Line breaks included. */
const ANYTHING = '[\\s\\S]+';

/** What tells of a session's beginning or end, in AWS IoT's own log or as lifecycle events of a rule. */
const SESSIONS =
  '((eventType = "Connect" and status = "Success") or eventType in ["Disconnect", "connected", "disconnected"])';
const CONNECTIONS = '((eventType = "Connect" and status = "Success") or eventType = "connected")';
const ACTIVITIES = `(status = "Success" and eventType in [${ACTIVITY.map((type) => `"${type}"`).join(', ')}])`;

/** The log and the events call the principal by two names. */
const PRINCIPAL = 'fields coalesce(principalId, principalIdentifier) as principal';
/** The newest that each principal did under each client ID. */
const NEWEST = `stats latest(@message) as message, max(@timestamp) as seen by clientId, principal | sort seen desc | limit ${MOST_ROWS}`;

/** All beginnings and ends of the client's sessions, the newest first. */
export function sessionsQuery(clientId: string): string {
  const wanted = `${hasValue('clientId', clientId)} and ${SESSIONS}`;
  return `fields @timestamp, @message | filter ${wanted} | sort @timestamp desc | limit ${MOST_ROWS}`;
}

/** What else shows who was connected as the client, where the log has lost or never had the beginning. */
export function activityQuery(clientId: string): string {
  return `${PRINCIPAL} | filter ${hasValue('clientId', clientId)} and ${ACTIVITIES} | ${NEWEST}`;
}

/**
 * The clients that were seen with the principal, however that was spelled: hex digits in either case, and the account and more
 * before it.
 */
export function clientsQuery({ kind, identifier }: Principal): string {
  const pattern = patternOf(identifier);
  const ending = kind === 'certificate' ? pattern.replaceAll(/[a-f]/giu, eitherCase) : pattern;
  return `${PRINCIPAL} | filter principal like /${ending}$/ and (${SESSIONS} or ${ACTIVITIES}) | ${NEWEST}`;
}

/** Everybody who was seen. */
export function everybodyQuery(): string {
  return `${PRINCIPAL} | filter ispresent(clientId) and (${SESSIONS} or ${ACTIVITIES}) | ${NEWEST}`;
}

/** Since when connections are logged, and of how many clients. */
export function coverageQuery(): string {
  return `filter ${CONNECTIONS} | stats min(@timestamp) as since, count_distinct(clientId) as clients`;
}
