import { checkupExitCode } from '../../domain/checkup.ts';
import type { ResponseWay, Way } from '../../domain/checkup.ts';
import type { CheckupRequest } from '../../domain/checkup-ports.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { printableJson } from '../../domain/printable.ts';
import { examine } from '../../response/doctor.ts';
import { Interrupts } from '../interrupts.ts';
import { mfaCodePrompt } from '../prompts/mfa-code.ts';
import { checkupLines } from '../render/checkup.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { VERSION } from '../version.ts';
import { responseWay, wireCheckup } from '../wire-checkup.ts';
import { consoleFrom } from './client.ts';

/** Where there is no terminal to measure. */
const USUAL_WIDTH = 100;

/** `evict doctor`: says what would fail before it is needed. */
export async function doctorCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const console = consoleFrom(settings);
  using interrupts = new Interrupts(console);
  const { signal } = interrupts;
  const interrupt = () => interrupts.stop();
  const askMfaCode = mfaCodePrompt(settings, { console, interrupt, signal, still: () => undefined });
  using wired = await wireCheckup(settings, { askMfaCode, signal });
  using deadline = systemClock.within(settings.deadline, signal);
  console.say(console.paint('dim', 'looking; nothing is changed'));
  const document = await examine(requestFrom(flags, settings), wired.ports, deadline.signal);
  const width = process.stdout.columns ?? USUAL_WIDTH;
  console.result(
    settings.json
      ? printableJson(document)
      : checkupLines(document, { ...console, width, verbose: settings.verbose }).join('\n'),
  );
  return signal.aborted ? EXIT_CODES.interrupted : checkupExitCode(document);
}

function requestFrom(flags: Flags, settings: Settings): CheckupRequest {
  const responding = responseWay(settings);
  return {
    toolVersion: VERSION,
    responding,
    configured: CONFIGURED[settings.method](responding),
    actions: settings.action.length === 0 ? ['deactivate'] : settings.action,
    timeoutMs: settings.timeout,
    requireProof: settings['require-proof'],
    profile: settings.profile ?? process.env['AWS_PROFILE'],
    regionFrom: regionFrom(flags, settings, process.env),
    mqttUrl: settings['mqtt-url'],
  };
}

/** What a response would have to be able to, by its method. Even one that kicks nobody wants to watch. */
const CONFIGURED: Readonly<Record<Settings['method'], (responding: ResponseWay) => readonly Way[]>> = {
  takeover: (responding) => [responding],
  api: () => ['kick-by-api'],
  both: (responding) => [responding, 'kick-by-api'],
  none: (responding) => [responding],
};

/** As settings are looked up, and after them by the SDK. */
function regionFrom(flags: Flags, settings: Settings, env: NodeJS.ProcessEnv): string {
  if (flags['region'] !== undefined) return '--region';
  if (env['EVICT_REGION']) return 'EVICT_REGION';
  if (settings.region !== undefined) return 'the configuration';
  const variable = ['AWS_REGION', 'AWS_DEFAULT_REGION'].find((name) => env[name]);
  return variable ?? "the profile's AWS configuration";
}
