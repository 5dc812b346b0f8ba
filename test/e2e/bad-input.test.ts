import { describe, expect, it } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anUntouchedBench, CLIENT, expectHarmless, expectUsageError, expectVerdict } from './a-bench.ts';
import { evictionOf, onlyDocument } from './run.ts';

const bench = anUntouchedBench();

describe('words that mean nothing', () => {
  it.each([
    ['an unknown option', [CLIENT, '--jsonn'], '--jsonn'],
    ['an unknown short option', [CLIENT, '-x'], '-x'],
    ['an option of another command', [CLIENT, '--force'], '--force'],
    ['an option without its value', [CLIENT, '--case'], '--case'],
    ['a word too many', [CLIENT, 'pump-2'], 'pump-2'],
    ['a command that does not exist', ['undoo', '20200101T000000Z-000000'], 'undoo'],
    ['no client', ['client'], 'client'],
    ['an incident that is none', ['undo', 'yesterday'], 'yesterday'],
    ['both ends of a scale', [CLIENT, '--quiet', '--verbose'], '--quiet and --verbose'],
    ['an agreement to nobody', [], 'which client?'],
  ])('%s', async (_, words, named) => {
    expectUsageError(
      await bench().home.run(['--config', bench().sandbox.config, '--yes', '--json', ...words]),
      named,
    );
  });

  it('but to go ahead, and not to, is a dry run, which says what --yes is worth there', async () => {
    const words = ['--config', bench().sandbox.config, '--json', '--yes', '--dry-run'];
    const ended = await bench().home.run([CLIENT, ...words]);
    expect(evictionOf(ended)).toMatchObject({ verdict: 'planned', dryRun: true });
    expect(ended.stderr).toContain('--yes has nothing to agree to');
  });

  it('are told as a document to who asked for it in a variable or a file, too', async () => {
    const config = await bench().file('json.yaml', 'json: true\n');
    for (const [words, env] of [
      [['--hodl'], { EVICT_JSON: '1' }],
      [['--hodl', '--config', config], {}],
      [[`--config=${config}`], { EVICT_HOLDD: '1s' }],
    ] satisfies [string[], Record<string, string>][]) {
      const ended = await bench().home.run([CLIENT, ...words], { env });
      expect(ended.code).toBe(2);
      expect(onlyDocument(ended)).toMatchObject({ kind: 'error' });
    }
  });

  it('a command that is misspelt: it was taken for a client, and the command is named', async () => {
    const ended = await bench().home.run(['udno', '--config', bench().sandbox.config, '--yes', '--json']);
    expectVerdict(ended, { code: 3, verdict: 'not-found', named: 'udno' });
    expect(ended.stderr).toContain('did you mean the command "evict undo"?');
  });

  it('nothing at all', async () => {
    const { code, stdout, stderr } = await bench().home.run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('which client?');
  });
});

describe('client IDs that cannot be', () => {
  it.each([
    ['empty', '', '""'],
    ['of 129 bytes', 'é'.repeat(64) + 'x', '129'],
    ['reserved', '$aws', '$aws'],
  ])('%s', async (_, clientId, named) => {
    expectUsageError(await bench().evict([clientId]), named);
  });

  it('of 128 bytes can be', async () => {
    const longest = 'x'.repeat(128);
    expectVerdict(await bench().evict([longest]), { code: 3, verdict: 'not-found', named: longest });
  });
});

describe('control characters', () => {
  const hostile = 'a\u001b]0;owned\u0007\u001b[31m\u202eb\u0085\n';

  it('in a client ID never reach the terminal, with --json or without', async () => {
    const events = await bench().file(
      'hostile.jsonl',
      `${JSON.stringify({
        clientId: `${hostile}x`,
        timestamp: 1,
        eventType: 'connected',
        sessionIdentifier: `s${hostile}`,
        principalIdentifier: hostile,
        ipAddress: hostile,
        versionNumber: 0,
      })}\n`,
    );
    const words = ['--config', bench().sandbox.config, '--events', events, '--dry-run'];
    const json = await bench().home.run([...words, '--json', '--', hostile]);
    expectVerdict(json, { code: 3, verdict: 'not-found', named: 'a\\u{1b}' });
    expect(evictionOf(json).clientId).toBe(hostile);
    for (const clientId of [hostile, `${hostile}x`])
      for (const more of [[], ['--verbose']]) {
        const ended = await bench().home.run([...words, ...more, '--', clientId]);
        expectHarmless(ended);
        expect(ended.stdout).toContain('\\u{1b}');
      }
  });

  it.each([
    ['a file name', ['--events', 'no\u001b[31m.jsonl']],
    ['a source', ['--events', 's3:///\u001b[31m']],
    ['a duration', ['--hold', '\u001b[31m']],
    ['an option', ['--\u001b[31m']],
    ['a configuration', ['--config', '\u001b[31m']],
    ['a certificate', ['--cert', '\u001b[31m']],
  ])('in %s come out escaped', async (_, words) => {
    const ended = await bench().evict([CLIENT, ...words]);
    expect(ended.code).toBe(2);
    expectHarmless(ended);
    expect(ended.stderr).toContain('\\u{1b}[31m');
  });
});

describe('event files', () => {
  it.each([
    ['missing', () => 'nowhere.jsonl'],
    ['a device', () => '/dev/null'],
    ['unreadable', () => '/proc/self/mem'],
    ['binary', () => bench().file('binary.jsonl', Buffer.from([0x1f, 0x8b, 0, 1, 2, 255]))],
  ])('%s', async (_, path) => {
    const name = await path();
    expectUsageError(await bench().evict([CLIENT, '--events', name]), name);
  });

  it.each([
    ['empty', '', 'events-of-nobody'],
    ['without an event of that client', '{"a":1}\n{broken\nnonsense\n', '1 not presence events, 2 malformed'],
    [
      'a CSV',
      'timestamp,message\n1702566391861,"{""clientId"":""pump-1""}"\n',
      'export the events as JSON, not as CSV or text',
    ],
  ])('%s', async (_, contents, named) => {
    const events = await bench().file('events-of-nobody', contents);
    const ended = await bench().evict([CLIENT, '--events', events]);
    expectVerdict(ended, { code: 3, verdict: 'not-found', named: events });
    expectVerdict(ended, { code: 3, verdict: 'not-found', named });
  });

  it('with near IDs only: they are named', async () => {
    const ended = await bench().evict(['Pump-1']);
    expectVerdict(ended, { code: 3, verdict: 'not-found', named: '"Pump-1"' });
    expect(evictionOf(ended).cause?.hint).toContain('"pump-1"');
    expect(evictionOf(await bench().evict(['pump-11'])).cause?.hint).toContain('"pump-1"');
  });

  it('with malformed lines beside good ones: counted, and the client is found', async () => {
    const good = (await bench().sandbox.events()).map((event) => JSON.stringify(event));
    const events = await bench().file(
      'mixed.jsonl',
      ['{broken', ...good, 'nonsense', '{"other":true}'].join('\n'),
    );
    const ended = await bench().home.run([
      CLIENT,
      '--config',
      bench().sandbox.config,
      '--events',
      events,
      '-n',
      '--json',
    ]);
    expect({ code: ended.code, verdict: evictionOf(ended).verdict }).toEqual({ code: 0, verdict: 'planned' });
    expect(ended.stderr).toContain('passed over 1 that are no presence events');
    expect(evictionOf(ended).warnings).toContainEqual({
      code: 'source-flawed',
      message: expect.stringMatching(/mixed\.jsonl: 2 malformed lines were passed over$/u),
    });
  });
});

describe('settings', () => {
  it.each([
    ['--hold', 'banana'],
    ['--hold', '5'],
    ['--hold', '-1s'],
    ['--hold', '25h'],
    ['--timeout', '0'],
    ['--deadline', '0s'],
    ['--lookup-timeout', '1 s'],
    ['--action', 'obliterate'],
    ['--region', 'EU west'],
    ['--endpoint-url', 'ftp://example.invalid'],
    ['--mqtt-url', 'http://example.invalid'],
    ['--mqtt-version', '6'],
  ])('%s %s', async (option, value) => {
    const ended = await bench().evict([CLIENT, `${option}=${value}`]);
    expectUsageError(ended, option);
    expectUsageError(ended, value);
  });

  it.each([
    ['EVICT_HOLD', 'banana'],
    ['EVICT_DEADLINE', '0'],
    ['EVICT_MQTT_VERSION', '6'],
    ['EVICT_ACTION', 'obliterate'],
    ['EVICT_CONFIG', '/nowhere/config.yaml'],
  ])('%s=%s', async (name, value) => {
    const ended = await bench().home.run([CLIENT, '--events', bench().client.events, '--yes', '--json'], {
      env: { [name]: value },
    });
    expectUsageError(ended, value);
  });

  it.each([
    ['missing', undefined, ''],
    ['not YAML', 'hold: [1\nb: }', ''],
    ['no mapping', '- hold', ''],
    ['an alias', 'events: &e [a]\nprotect: *e', ''],
    ['an alias of nothing', 'events: *e', ''],
    ['the same key twice', 'hold: 1s\nhold: 2s', ''],
    ['unknown keys, all of them', 'holdd: 1s\nnonsense: true', '"nonsense" is no setting'],
    ['what is for one run only', 'yes: true', '"yes" speaks for one run only'],
  ])('a configuration with mistakes: %s', async (_, text, named) => {
    const path = join(bench().home.directory, 'bad-config.yaml');
    await rm(path, { force: true });
    if (text !== undefined) await writeFile(path, text);
    const ended = await bench().home.run([CLIENT, '--config', path, '--yes', '--json']);
    expectUsageError(ended, path);
    expectUsageError(ended, named);
  });

  it('a configuration with several mistakes of all kinds: they are named all at once', async () => {
    const path = await bench().file('worse.yaml', 'holdd: 1s\ntimeout: never\ndeadline: soon\n');
    const ended = await bench().home.run([CLIENT, '--config', path, '--yes', '--json']);
    for (const named of ['holdd', 'never', 'soon']) expectUsageError(ended, named);
  });
});
