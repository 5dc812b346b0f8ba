import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { whyNoClientId } from '../../domain/client-id.ts';
import { shellQuoted } from '../../domain/equivalent.ts';
import { EvictError } from '../../domain/errors.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { parseDuration } from '../duration.ts';
import { Interrupts } from '../interrupts.ts';
import { outputFrom } from '../settings.ts';
import type { Flags } from '../settings.ts';
import { loadSandbox } from '../wire.ts';
import { consoleFrom } from './client.ts';

const DEFAULT_INTRUDER = 'pump-17';

/** `evict sandbox`: runs until Ctrl-C, which is its regular end. */
export async function sandboxCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const console = consoleFrom(outputFrom(flags));
  using interrupts = new Interrupts({ ...console, complain: () => undefined });
  const startSandbox = await loadSandbox();
  const intruder = intruderFrom(flags);
  const directory =
    typeof flags['directory'] === 'string'
      ? resolve(flags['directory'])
      : await mkdtemp(join(tmpdir(), 'evict-sandbox-'));
  await using sandbox = await startSandbox({
    directory,
    intruder,
    propagationDelayMs: durationFrom(flags, 'propagationDelay'),
    eventDelayMs: durationFrom(flags, 'eventDelay'),
  });
  const { config, controlUrl, mqttsUrl, wssUrl, adminUrl } = sandbox;
  if (flags['json'] === true)
    console.result(
      printableJson({
        version: 1,
        kind: 'sandbox',
        directory,
        config,
        controlUrl,
        mqttsUrl,
        wssUrl,
        adminUrl,
      }),
    );
  else {
    for (const [name, place] of Object.entries({ config, controlUrl, mqttsUrl, wssUrl, adminUrl }))
      console.result(`${name.padEnd(10)} ${place}`);
    if (intruder !== undefined)
      console.say(
        `an intruder is connected as "${printable(intruder)}"; in another terminal:\n  evict --config ${shellQuoted(config)} --yes --hold 10s -- ${shellQuoted(intruder)}`,
      );
    console.say('Ctrl-C ends the sandbox');
  }
  await new Promise<void>((ended) => {
    if (interrupts.signal.aborted) ended();
    interrupts.signal.addEventListener('abort', () => ended(), { once: true });
  });
  return 0;
}

function intruderFrom(flags: Flags): string | undefined {
  if (flags['intruder'] === false) return undefined;
  const intruder = typeof flags['intruder'] === 'string' ? flags['intruder'] : DEFAULT_INTRUDER;
  const why = whyNoClientId(intruder);
  if (why === undefined) return intruder;
  throw new EvictError('bad-client-id', `--intruder "${printable(intruder)}": ${why}`, {
    hint: 'give another client ID',
  });
}

function durationFrom(flags: Flags, name: 'propagationDelay' | 'eventDelay'): number {
  const text = flags[name];
  if (typeof text !== 'string') return 0;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new EvictError('bad-option', `"${printable(text)}" is no duration such as 500ms, 30s or 5m`, {
    hint: 'see evict sandbox --help',
  });
}
