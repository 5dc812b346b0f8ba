import * as z from 'zod';
import { printable } from '../domain/printable.ts';
import { EvictError } from '../domain/errors.ts';
import { parseDuration } from './duration.ts';

const NUMBERS = new Set(['rate', 'times', 'status']);

/**
 * Reads `--fault`: `throttle,operation=UpdateCertificate,times=2`, `detach-delay=5s,client=pump-17`, or the JSON that the
 * side door takes, for client IDs with a comma in them. What the words mean is for the sandbox to say.
 */
export function faultFrom(text: string): Record<string, unknown> {
  if (text.startsWith('{')) return jsonFrom(text);
  const [head = '', ...rest] = text.split(',');
  const [name = '', ...duration] = head.split('=');
  const fields = rest.map((pair): [string, unknown] => {
    const [key = '', ...value] = pair.split('=');
    return [key, valueOf(key, value.join('='))];
  });
  const ms = duration.length === 0 ? [] : [['ms', milliseconds(duration.join('='))] as const];
  return Object.fromEntries([['fault', name], ...ms, ...fields]);
}

function valueOf(key: string, text: string): unknown {
  if (key === 'ms') return milliseconds(text);
  if (!NUMBERS.has(key) || text === '') return text;
  if (Number.isNaN(Number(text))) throw unreadable(`${key} "${printable(text)}" is no number`);
  return Number(text);
}

/** A clock may be behind: `clock-offset=-6m`. */
function milliseconds(text: string): number {
  const isNegative = text.startsWith('-');
  const ms = parseDuration(isNegative ? text.slice(1) : text);
  if (ms === undefined) throw unreadable(`"${printable(text)}" is no duration such as 500ms, 30s or 5m`);
  return isNegative ? -ms : ms;
}

function jsonFrom(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw unreadable(`"${printable(text)}" is no JSON`);
  }
}

function unreadable(problem: string): EvictError {
  return new EvictError('bad-option', `--fault: ${problem}`, {
    hint: 'words are parted by commas, without spaces, as in --fault throttle,operation=UpdateCertificate,times=2; docs/sandbox.md lists the faults',
  });
}
