import { describe, expect, it } from '@jest/globals';
import { INCIDENT, REACH, RESPONSE, RESUME, SHOW, UNDO } from '../../src/cli/options.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { conclude } from '../../src/domain/verdict.ts';
import { containedOnly, ENDED_AT, opened } from './an-incident.ts';
import { commandToEvict, commandToEvictAlso, followUp } from '../../src/domain/evict-command.ts';

const INCIDENT_ID = '20231214T150731Z-7f3a9c';
/** Everything that can be said again, each with a value of its own. */
const AGAIN = REACH.flatMap(({ name }) => [`--${name}`, `its-${name}`]);
const saidIn = (command: string) => command.split(' ').filter((word) => word.startsWith('--'));

describe('a command that is printed, to go on with', () => {
  it.each([
    ['undo', UNDO],
    ['resume', RESUME],
    ['show', SHOW],
    ['incidents', INCIDENT],
  ] as const)('evict %s says again all that it takes, and nothing else', (command, options) => {
    const taken = AGAIN.filter((word) => options.some(({ name }) => word === `--${name}`));
    const printed = followUp(command, INCIDENT_ID, AGAIN);
    expect(printed.startsWith(`evict ${command} ${INCIDENT_ID} --`)).toBe(true);
    expect(saidIn(printed)).toEqual(taken);
    for (const flag of taken) expect(printed).toContain(`${flag} its-${flag.slice('--'.length)}`);
  });

  it('to evict says all of it again, before the client', () => {
    expect(RESPONSE.map(({ name }) => `--${name}`)).toEqual(
      expect.arrayContaining(AGAIN.filter((word) => word.startsWith('--'))),
    );
    expect(commandToEvict('pump-17', ['--principal', 'ab'], ['--config', 'a drill.yaml'])).toBe(
      "evict --config 'a drill.yaml' --principal ab -- pump-17",
    );
    expect(commandToEvictAlso('core#2', 'ab', ['--region', 'eu-west-1'])).toBe(
      "evict --region eu-west-1 --principal ab --method api -- 'core#2'",
    );
  });

  it('is for who goes on with a run, not for who began it', () => {
    const begun = [...containedOnly(), { ...opened(), again: ['--config', 'first.yaml'] }];
    const resumed = {
      kind: 'resumed',
      toolVersion: '1',
      user: 'bob',
      host: 'console',
      startedAt: 0,
    } as const;
    const hintOf = (entries: IncidentEntry[]) =>
      conclude(factsOf(entries), ENDED_AT, { kind: 'interrupted' }).cause?.hint;
    expect(hintOf(begun)).toContain(`evict undo ${INCIDENT_ID} --config first.yaml`);
    expect(hintOf([...begun, resumed])).toContain('--config first.yaml'); // as older versions wrote it
    expect(hintOf([...begun, { ...resumed, again: [] }])).toMatch(
      new RegExp(`evict undo ${INCIDENT_ID}$`, 'u'),
    );
  });

  it('takes a value that looks like an option for a value', () => {
    expect(followUp('show', INCIDENT_ID, ['--events', '--state-dir', '--config', 'x'])).toBe(
      `evict show ${INCIDENT_ID} --config x`,
    );
  });
});
