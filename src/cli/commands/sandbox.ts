import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { whyNoClientId } from '../../domain/client-id.ts';
import type { SandboxDocument } from '../../domain/documents.ts';
import { shellQuoted } from '../../domain/equivalent.ts';
import { EvictError, messageOf, nameOf } from '../../domain/errors.ts';
import { isHiddenClient } from '../../domain/presence-event.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { parseDuration } from '../duration.ts';
import { faultFrom } from '../fault-words.ts';
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
      ? directoryFrom(flags['directory'])
      : await mkdtemp(join(tmpdir(), 'evict-sandbox-'));
  await using sandbox = await startSandbox({ directory, intruder, ...(await optionsFrom(flags)) }).catch(
    asOperatorError,
  );
  const { config, controlUrl, mqttsUrl, wssUrl, adminUrl } = sandbox;
  const places = { config, controlUrl, mqttsUrl, wssUrl, adminUrl };
  const document: SandboxDocument = { version: 1, kind: 'sandbox', directory, ...places };
  if (flags['json'] === true) console.result(printableJson(document));
  else {
    for (const [name, place] of Object.entries(places)) console.result(`${name.padEnd(10)} ${place}`);
    if (intruder !== undefined)
      console.say(
        `an intruder is connected as "${printable(intruder)}"; in another terminal:\n  evict --config ${shellQuoted(config)} --yes --hold 10s -- ${shellQuoted(intruder)}`,
      );
    if (intruder !== undefined && isHiddenClient(intruder))
      console.say(
        'AWS publishes no events for a client ID with # or +, so evict cannot find this one by them',
      );
    console.say('Ctrl-C ends the sandbox');
  }
  // Not AbortSignal.any: nothing else would hold the composite one for as long as a sandbox runs.
  await new Promise<void>((ended) => {
    for (const signal of [interrupts.signal, sandbox.failed]) {
      if (signal.aborted) ended();
      signal.addEventListener('abort', () => ended(), { once: true });
    }
  });
  if (sandbox.failed.aborted) asOperatorError(sandbox.failed.reason);
  return 0;
}

/** An unset variable must not make the present directory a sandbox's. */
function directoryFrom(text: string): string {
  if (text !== '') return resolve(text);
  throw new EvictError('bad-option', '--directory is empty', { hint: 'name a directory' });
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

/** What may go wrong, what keeps the events, and under which policies the responder works. */
async function optionsFrom(flags: Flags) {
  const { rule, policies } = flags;
  return {
    faults: faultsFrom(flags),
    rule: typeof rule === 'string' ? await readTemplate(rule) : undefined,
    policies: typeof policies === 'string' ? resolve(policies) : undefined,
    sessionExpiryMs: durationFrom(flags, 'sessionExpiry'),
  };
}

/** `--propagation-delay` and `--event-delay` are short for the two faults that are asked for most. */
function faultsFrom(flags: Flags): unknown[] {
  const propagation = durationFrom(flags, 'propagationDelay');
  const late = durationFrom(flags, 'eventDelay');
  const given = Array.isArray(flags['fault']) ? flags['fault'].map((text) => faultFrom(String(text))) : [];
  return [
    ...(propagation === undefined ? [] : [{ fault: 'deactivation-delay', ms: propagation }]),
    ...(late === undefined ? [] : [{ fault: 'event-delay', ms: late }]),
    ...given,
  ];
}

async function readTemplate(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new EvictError('file-unreadable', `--rule ${printable(path)} cannot be read`, {
      hint: 'give a CloudFormation template, such as policies/presence-history.yaml of this package',
      cause: error,
    });
  });
}

function asOperatorError(error: unknown): never {
  if (nameOf(error) !== 'SandboxProblem') throw error;
  throw new EvictError('bad-option', printable(messageOf(error)), {
    hint: 'see evict sandbox --help; docs/sandbox.md lists the faults and what each takes',
  });
}

function durationFrom(
  flags: Flags,
  name: 'propagationDelay' | 'eventDelay' | 'sessionExpiry',
): number | undefined {
  const text = flags[name];
  if (typeof text !== 'string') return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new EvictError('bad-option', `"${printable(text)}" is no duration such as 500ms, 30s or 5m`, {
    hint: 'see evict sandbox --help',
  });
}
