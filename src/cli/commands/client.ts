import { whyNoClientId, whyNotInPath } from '../../domain/client-id.ts';
import type { EvictionDocument } from '../../domain/document.ts';
import { EvictError } from '../../domain/errors.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { nearMisses } from '../../domain/near-miss.ts';
import type { Operator } from '../../domain/ports.ts';
import { printableJson } from '../../domain/printable.ts';
import type { EvictionRequest, Method } from '../../domain/request.ts';
import { preview } from '../../response/preview.ts';
import { respond } from '../../response/respond.ts';
import { processConsole, shown } from '../console.ts';
import type { Console } from '../console.ts';
import { operatorAt } from '../prompts/operator.ts';
import { terminalToAskOn } from '../prompts/terminal.ts';
import { reportLines } from '../render/report.ts';
import { COMMANDS } from '../route.ts';
import { openRun } from '../run.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Output, Settings } from '../settings.ts';
import { wireActing, wireReading } from '../wire.ts';
import { pickClient } from './pick-client.ts';

/** `evict <clientId>`: the whole response, or its dry run. */
export async function clientCommand([given]: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const console = consoleFrom(settings);
  const yes = flags['yes'] === true;
  if (settings['dry-run'] && yes) console.say('a dry run changes nothing: --yes has nothing to agree to');
  const picked = given ?? (await pickClient(settings, { yes, console }));
  const document = typeof picked === 'string' ? await responseTo(picked, settings, { yes }) : picked;
  printDocument(document, settings, console);
  sayIfCommand(document, console);
  return EXIT_CODES[document.verdict];
}

/** `evict undoo`: the word was taken for a client, which nobody has seen. */
function sayIfCommand({ verdict, clientId }: EvictionDocument, console: Console): void {
  const [near] = verdict === 'not-found' ? nearMisses(clientId, new Set(COMMANDS)) : [];
  if (near !== undefined)
    console.say(`"${shown(clientId)}" was taken for a client; did you mean the command "evict ${near}"?`);
}

function responseTo(
  clientId: string,
  settings: Settings,
  { yes }: { readonly yes: boolean },
): Promise<EvictionDocument> {
  const request = requestFrom(clientId, settings);
  return settings['dry-run'] ? dryRun(request, settings) : realRun(request, settings, { yes });
}

/** Progress is not the result: under `--json` it stays on stderr, and `--quiet` silences it. */
export function consoleFrom(output: Output): Console {
  return processConsole({ quiet: output.quiet, color: !output['no-color'] });
}

/** One JSON document, or the report for a person, whose follow-up commands say again what reaches the same place. */
export function printDocument(
  document: EvictionDocument,
  { json, again }: Pick<Settings, 'json' | 'again'>,
  console: Console,
): void {
  console.result(json ? printableJson(document) : reportLines(document, console, again).join('\n'));
}

async function dryRun(request: EvictionRequest, settings: Settings): Promise<EvictionDocument> {
  using run = await openRun(settings, consoleFrom(settings));
  using wired = await wireReading(settings, run);
  return await preview(request, wired.ports, run.signal);
}

/** The whole response, once it was agreed to: by `--yes`, or by the person at the terminal. */
export async function realRun(
  request: EvictionRequest,
  settings: Settings,
  { yes }: { readonly yes: boolean },
): Promise<EvictionDocument> {
  const terminal = yes ? undefined : terminalToAskOn(`evicting "${shown(request.clientId)}"`, settings);
  using run = await openRun(settings, consoleFrom(settings));
  const operator = terminal === undefined ? UNATTENDED : operatorAt(await run.desk(terminal));
  using wired = await wireActing(settings, { ...run, operator });
  return await respond(request, wired.ports, run.signal);
}

/** `--yes` agrees to the plan as it is; what stands in its way stays there. */
export const UNATTENDED: Operator = {
  decide: () => Promise.resolve({ kind: 'agreed' }),
  agreesToKick: () => Promise.resolve(true),
};

export function requestFrom(clientId: string | undefined, settings: Settings): EvictionRequest {
  const why = clientId === undefined ? 'no client ID was given' : whyNoClientId(clientId);
  if (clientId === undefined || why !== undefined)
    throw new EvictError('bad-client-id', `"${shown(clientId ?? '')}": ${why ?? ''}`, {
      hint: 'give the MQTT client ID exactly as in its events; after -- it may look like an option or a command',
    });
  mustFit(clientId, settings.method);
  return {
    clientId,
    actions: [...new Set(settings.action)],
    policies: [...new Set(settings.policy)],
    method: settings.method,
    keepSession: settings['keep-session'],
    publishWill: settings['publish-will'],
    confirmRevoke: settings['confirm-revoke'],
    principal: settings.principal,
    identifyByKick: settings['identify-by-kick'],
    holdMs: settings.hold,
    deadlineMs: settings.deadline,
    timeoutMs: settings.timeout,
    lookupTimeoutMs: settings['lookup-timeout'],
    reason: settings.reason,
    case: settings.case,
    allowShared: settings['allow-shared'],
    allowOwn: settings['allow-own'],
    requireProof: settings['require-proof'],
    protect: settings.protect,
    responders: settings.responders,
  };
}

/** A method that cannot reach the client would cut its access, and then fail. */
function mustFit(clientId: string, method: Method): void {
  const why = method === 'api' ? whyNotInPath(clientId) : undefined;
  if (why !== undefined)
    throw new EvictError('bad-option', `--method api: ${why}`, { hint: 'use --method takeover' });
}
