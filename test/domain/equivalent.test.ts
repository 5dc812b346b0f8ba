import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { inverseOf } from '../../src/domain/change.ts';
import {
  changeCommands,
  equivalentCommands,
  shellQuoted,
  thingCommand,
} from '../../src/domain/equivalent.ts';
import { INTRUDER } from './an-event.ts';
import { CERTIFICATE_ARN, CHANGE, aRequest } from './an-incident.ts';
import { anyText } from './any-text.ts';

/** Runs a script without anybody's start-up files, which bash reads where its input is a socket. */
function bash(script: string, env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync('bash', ['--noprofile', '--norc', '-c', script], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** What a shell makes of a quoted word: the word itself, if it was quoted well. */
function asBashReadsIt(quoted: string, locale: string): string {
  const env = { PATH: process.env['PATH'], LC_ALL: locale };
  return bash(`printf %s ${quoted}`, env);
}

const hostileWord = fc
  .array(
    fc.oneof(
      anyText({ maxLength: 4 }),
      fc.constantFrom(
        "'",
        '"',
        '\\',
        '$(id)',
        '`id`',
        '$HOME',
        '; id',
        '&& id',
        '\n',
        '\r',
        '\u001B[2J',
        '!!',
        '*',
        '~',
        '\u0085',
        '\u202E',
        '\u{E0041}',
        '{a,b}',
        '--help',
        '\u200B1',
        '\tab',
      ),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((word) => word.isWellFormed());

describe('a word that is quoted for the shell', () => {
  it.each(['C', 'C.UTF-8'])('is read by bash as it was, in the locale %s', (locale) => {
    fc.assert(
      fc.property(fc.array(hostileWord, { minLength: 30, maxLength: 30 }), (words) => {
        const quoted = words.map((word) => `${shellQuoted(word)}'|'`).join('');
        expect(asBashReadsIt(quoted, locale)).toBe(words.map((word) => `${word}|`).join(''));
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['', "''"],
    ['pump-17', 'pump-17'],
    ['two words', "'two words'"],
    ["it's", String.raw`'it'\''s'`],
    ['$(reboot)', "'$(reboot)'"],
    ['~', "'~'"],
    ['*', "'*'"],
    ['=x', "'=x'"],
    ['x=1', 'x=1'],
  ])('%j is shown as %s', (word, quoted) => {
    expect(shellQuoted(word)).toBe(quoted);
  });

  it('shows nothing that a terminal would act on', () => {
    fc.assert(
      fc.property(hostileWord, (word) => {
        expect(shellQuoted(word)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('the equivalent commands', () => {
  it('cut the access, then drop the connection, in the same account, region and at the same endpoint', () => {
    const context = { profile: 'prod', region: 'eu-west-1', endpointUrl: 'https://127.0.0.1:4566' };
    const where = '--profile prod --region eu-west-1 --endpoint-url https://127.0.0.1:4566';
    expect(equivalentCommands(aRequest(), [CHANGE], context)).toEqual([
      `aws iot update-certificate --certificate-id ${INTRUDER} --new-status INACTIVE ${where}`,
      `aws iot-data delete-connection --client-id=pump-17 --clean-session ${where}`,
    ]);
  });

  it('detach and attach policies, and drop the connection at the data plane’s own endpoint', () => {
    const detachment = {
      kind: 'policy-attachment',
      step: 'detach',
      target: CERTIFICATE_ARN,
      policyName: 'fleet@2=x',
      before: 'attached',
      after: 'detached',
    } as const;
    const context = { endpointUrl: 'https://control', dataEndpointUrl: 'https://data' };
    expect(equivalentCommands(aRequest(), [detachment], context)).toEqual([
      `aws iot detach-policy --policy-name fleet@2=x --target ${CERTIFICATE_ARN} --endpoint-url https://control`,
      'aws iot-data delete-connection --client-id=pump-17 --clean-session --endpoint-url https://data',
    ]);
    expect(changeCommands([inverseOf(detachment)], {})).toEqual([
      `aws iot attach-policy --policy-name fleet@2=x --target ${CERTIFICATE_ARN}`,
    ]);
  });

  it('name no place that is not known', () => {
    expect(changeCommands([CHANGE], {})).toEqual([
      `aws iot update-certificate --certificate-id ${INTRUDER} --new-status INACTIVE`,
    ]);
  });

  it.each(['--help', '; reboot', "' $(id) '", '\u001B[2J'])(
    'keep the client ID %j a value of its option',
    (clientId) => {
      const [command = ''] = equivalentCommands(aRequest({ clientId }), [], {});
      const words = bash(`aws() { printf '%s\\0' "$@"; }; ${command}`);
      expect(words.split('\0').slice(0, 3)).toEqual([
        'iot-data',
        'delete-connection',
        `--client-id=${clientId}`,
      ]);
    },
  );

  it('look for the thing of a client ID, whatever it is', () => {
    expect(thingCommand('--help', {})).toBe('aws iot list-thing-principals --thing-name=--help');
    expect(thingCommand('file://x', {})).toContain('--cli-input-json');
  });

  it('never let the CLI read a file that a client ID names', () => {
    const clientId = 'file:///etc/passwd';
    const [command = ''] = equivalentCommands(aRequest({ clientId }), [], {});
    const words = bash(`aws() { printf '%s\\0' "$@"; }; ${command}`).split('\0');
    expect(words.slice(2, 4)).toEqual(['--cli-input-json', JSON.stringify({ clientId })]);
  });
});
