import { whyNoClientId } from '../../domain/client-id.ts';
import type { EvictionDocument } from '../../domain/document.ts';
import { EvictError } from '../../domain/errors.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { printableJson } from '../../domain/printable.ts';
import type { EvictionRequest } from '../../domain/request.ts';
import { preview } from '../../response/preview.ts';
import { respond } from '../../response/respond.ts';
import { processConsole, shown } from '../console.ts';
import type { Console } from '../console.ts';
import { Interrupts } from '../interrupts.ts';
import { listener } from '../render/listener.ts';
import { reportLines } from '../render/report.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Output, Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { wireActing, wireReading } from '../wire.ts';

/** `evict <clientId>`: the whole response, or its dry run. */
export async function clientCommand([clientId]: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const request = requestFrom(clientId, settings);
  const console = consoleFrom(settings);
  const document = settings['dry-run']
    ? await dryRun(request, settings)
    : await realRun(request, settings, { yes: flags['yes'] === true });
  printDocument(document, settings, console);
  return EXIT_CODES[document.verdict];
}

/** Progress is not the result: under `--json` it stays on stderr, and `--quiet` silences it. */
export function consoleFrom(output: Output): Console {
  return processConsole({ quiet: output.quiet, color: !output['no-color'] });
}

/** One JSON document, or the report for a person. */
export function printDocument(document: EvictionDocument, { json }: Output, console: Console): void {
  console.result(json ? printableJson(document) : reportLines(document, console).join('\n'));
}

async function dryRun(request: EvictionRequest, settings: Settings): Promise<EvictionDocument> {
  const console = consoleFrom(settings);
  using interrupts = new Interrupts(console);
  using wired = await wireReading(settings, listener(console, settings));
  using deadline = systemClock.within(request.deadlineMs, interrupts.signal);
  return await preview(request, wired.ports, deadline.signal);
}

/** The whole response, once it was agreed to. */
export async function realRun(
  request: EvictionRequest,
  settings: Settings,
  { yes }: { readonly yes: boolean },
): Promise<EvictionDocument> {
  if (!yes)
    throw new EvictError(
      'needs-yes',
      `evicting "${shown(request.clientId)}" needs --yes: this version does not ask`,
      {
        hint: 'look at the plan with --dry-run, then run it again with --yes',
      },
    );
  const console = consoleFrom(settings);
  using interrupts = new Interrupts(console);
  const show = listener(console, settings);
  using wired = await wireActing(settings, (entry) => {
    if (entry.kind === 'intended') interrupts.acted();
    show(entry);
  });
  using deadline = systemClock.within(request.deadlineMs, interrupts.signal);
  return await respond(request, wired.ports, deadline.signal);
}

export function requestFrom(clientId: string | undefined, settings: Settings): EvictionRequest {
  if (clientId === undefined)
    throw new EvictError('bad-usage', 'which client?', {
      hint: 'give a client ID or a command; see evict --help. --yes needs a client that is named, too',
    });
  const why = whyNoClientId(clientId);
  if (why !== undefined)
    throw new EvictError('bad-client-id', `"${shown(clientId)}": ${why}`, {
      hint: 'give the MQTT client ID exactly as in its events; after -- it may look like an option or a command',
    });
  return {
    clientId,
    action: settings.action,
    principal: settings.principal,
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
