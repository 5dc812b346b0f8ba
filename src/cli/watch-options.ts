import { RESPONSE, RETENTION } from './options.ts';
import type { OptionSpec } from './options.ts';

/** Of a response's options, those that say how to get at the world, and where to keep things. */
const SHARED = new Set([
  'timeout',
  'profile',
  'region',
  'endpoint-url',
  'mqtt-url',
  'cert',
  'key',
  'ca',
  'mqtt-version',
  'state-dir',
  'config',
  'json',
  'no-color',
  'quiet',
  'verbose',
]);

export const WATCH: readonly OptionSpec[] = [
  RETENTION,
  ...RESPONSE.filter(({ name }) => SHARED.has(name)).map(forWatch),
];

/** Events have no record of an incident. */
function forWatch(spec: OptionSpec): OptionSpec {
  const about = {
    json: 'JSON lines on stdout: one for each event, then a summary',
    verbose: 'a line for each event on stderr',
  }[spec.name];
  return about === undefined ? spec : { ...spec, about };
}
