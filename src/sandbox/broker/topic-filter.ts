/**
 * Whether a topic filter takes in a topic. [MQTT-4.7.1-2], [MQTT-4.7.1-3]: `#` is the rest, and `+` is one level. Unlike in
 * MQTT, `a/#` does not take in `a` (Developer Guide, "MQTT": differences from the specification). [MQTT-4.7.2-1]: a filter that
 * begins with a wildcard takes in no `$…` topic.
 */
export function matchesFilter(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[#+]/u.test(filter)) return false;
  const [wanted, actual] = [filter.split('/'), topic.split('/')];
  const end = wanted.indexOf('#');
  if (end === -1 && wanted.length !== actual.length) return false;
  const levels = end === -1 ? wanted : wanted.slice(0, end);
  const isLongEnough = end === -1 || levels.length < actual.length;
  return isLongEnough && levels.every((level, index) => level === '+' || level === actual[index]);
}
