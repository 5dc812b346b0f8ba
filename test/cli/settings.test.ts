import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseDuration } from '../../src/cli/duration.ts';
import { outputFrom, readSettings, stateDirectory } from '../../src/cli/settings.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

async function configured(yaml: string, use: (file: string, directory: string) => void): Promise<void> {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'config.yaml');
  await writeFile(file, yaml);
  use(file, directory.path);
}

const NOWHERE = { XDG_CONFIG_HOME: '/no/such/place' };

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(readSettings({}, NOWHERE)).toMatchObject({
      deadline: 900_000,
      timeout: 30_000,
      'lookup-timeout': 180_000,
      'mqtt-version': '5',
      events: [],
    });
  });

  it('in a file have their paths relative to it, and stdin stays stdin', async () => {
    await configured(
      'events: [here.jsonl, "-", /abs.jsonl]\ncert: keys/cert.pem\nstate-dir: state\n',
      (config, directory) => {
        expect(readSettings({ config }, {})).toMatchObject({
          events: [join(directory, 'here.jsonl'), '-', '/abs.jsonl'],
          cert: join(directory, 'keys/cert.pem'),
          'state-dir': join(directory, 'state'),
        });
      },
    );
  });

  it('in a file have words for sources as well as paths: a file of such a name is given as ./live', async () => {
    await configured('events: [live, ./live, here.jsonl]\n', (config, directory) => {
      const { events } = readSettings({ config }, {});
      expect(events).toEqual(['live', join(directory, 'live'), join(directory, 'here.jsonl')]);
    });
  });

  it('are found in $EVICT_CONFIG and in the usual place', async () => {
    await using home = await temporaryDirectory();
    await mkdir(join(home.path, 'evict'));
    await writeFile(join(home.path, 'evict', 'config.yaml'), 'region: eu-west-1\n');
    expect(readSettings({}, { XDG_CONFIG_HOME: home.path }).region).toBe('eu-west-1');
    await configured('region: us-east-2\n', (file) => {
      expect(readSettings({}, { XDG_CONFIG_HOME: home.path, EVICT_CONFIG: file }).region).toBe('us-east-2');
    });
  });

  it('that are wrong are all named at once', () => {
    const wrong = { hold: 'long', timeout: '0', endpointUrl: 'nowhere', mqttVersion: '3', action: 'explode' };
    const read = () => readSettings(wrong, NOWHERE);
    for (const name of ['--hold', '--timeout', '--endpoint-url', '--mqtt-version', '--action'])
      expect(read).toThrow(name);
  });

  it.each(['YES', 'FORCE', 'PRINCIPAL', 'ALLOW_SHARED', 'ALLOW_OWN'])(
    'refuse EVICT_%s: it speaks for one run only, and ignored in silence it would be believed to work',
    (name) => {
      expect(() => readSettings({}, { ...NOWHERE, [`EVICT_${name}`]: 'true' })).toThrow(`EVICT_${name}`);
    },
  );

  it('take a dry run and the form of the output from everywhere', async () => {
    expect(readSettings({}, { ...NOWHERE, EVICT_DRY_RUN: 'true' })['dry-run']).toBe(true);
    await configured('json: true\nno-color: true\n', (config) => {
      expect(readSettings({ config }, {})).toMatchObject({ json: true, 'no-color': true });
    });
  });

  it.each([
    ['EVICT_HOLDD', 'did you mean EVICT_HOLD?'],
    ['EVICT_hold', 'did you mean EVICT_HOLD?'],
    ['EVICT_LOOKUPTIMEOUT', 'did you mean EVICT_LOOKUP_TIMEOUT?'],
    ['EVICT_NONSENSE', 'EVICT_NONSENSE is no setting'],
    ['EVICT_PROTECT', 'configuration file only'],
    ['EVICT_DIRECTORY', 'flag only'],
  ])('refuse %s: misspelt or misplaced, it would be believed to work', (variable, said) => {
    const read = () => readSettings({}, { ...NOWHERE, [variable]: '1s' });
    expect(read).toThrow(variable);
    expect(read).toThrow(said);
    expect(() => readSettings({}, { ...NOWHERE, [variable]: '' })).not.toThrow(); // set to nothing is not set
  });

  it('say who gave the value that is refused', async () => {
    await configured('timeout: 1s\ndeadline: soon\n', (config) => {
      const read = () => readSettings({ config, hold: 'long' }, { EVICT_TIMEOUT: 'never' });
      for (const said of [
        '--hold "long": must be a duration',
        'EVICT_TIMEOUT "never": must be a duration',
        `"${config}" is not valid: line 2: deadline "soon": must be a duration`,
      ])
        expect(read).toThrow(said);
    });
  });

  it('refuse a password in an endpoint, which would be shown and recorded', () => {
    for (const name of ['endpointUrl', 'dataEndpointUrl'])
      expect(() => readSettings({ [name]: 'https://user:secret@iot.example' }, NOWHERE)).toThrow(
        'must be a URL',
      );
  });

  it('refuse what cannot both be meant', async () => {
    expect(() => readSettings({ quiet: true, verbose: true }, NOWHERE)).toThrow(
      '--quiet and --verbose contradict',
    );
    expect(() => outputFrom({ quiet: true, verbose: true })).toThrow('--quiet and --verbose contradict');
  });

  it('let --verbose for once hold against quiet in the file, and the other way round', async () => {
    await configured('quiet: true\n', (config) => {
      expect(readSettings({ config, verbose: true }, {})).toMatchObject({ quiet: false, verbose: true });
    });
    expect(readSettings({ quiet: true }, { ...NOWHERE, EVICT_VERBOSE: '1' })).toMatchObject({
      quiet: true,
      verbose: false,
    });
  });

  it('keep incidents where XDG says', () => {
    expect(stateDirectory(readSettings({}, NOWHERE), { XDG_STATE_HOME: '/x' })).toBe('/x/evict');
    expect(stateDirectory(readSettings({}, NOWHERE), {})).toMatch(/\.local\/state\/evict$/u);
  });
});

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('is never made from anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\d+(\.\d+)?(ms|s|m|h)$|^0$/u.test(text));
        expect(parseDuration(text)).toBeUndefined();
      }),
    );
  });
});

describe('what was said on the command line', () => {
  it('is what another run says again to reach the same place, and nothing that speaks for one run only', () => {
    const flags = { profile: 'prod', events: ['one.jsonl', 'live'], yes: true, hold: '5m', principal: 'x' };
    expect(readSettings(flags, {}).again).toEqual([
      '--events',
      'one.jsonl',
      '--events',
      'live',
      '--profile',
      'prod',
    ]);
  });
});
