/** Who can mend it: the one who typed the command, the cloud or the network, or the authors of this tool. */
export type ErrorSource = 'operator' | 'cloud' | 'bug';

/** Every failure that the tool can name, with who can mend it. `operator` ends with exit 2, `cloud` with a verdict. */
const ERROR_SOURCES = {
  'bad-usage': 'operator',
  'bad-option': 'operator',
  'bad-client-id': 'operator',
  'needs-yes': 'operator',
  'file-unreadable': 'operator',
  'file-invalid': 'operator',
  /** There is no such history: where nobody has asked for it by name, that is no failure. */
  'no-history': 'operator',
  'state-dir-unusable': 'operator',
  'no-such-incident': 'operator',
  'record-broken': 'operator',
  'not-resumable': 'operator',
  'record-unwritable': 'cloud',
  'evidence-unwritable': 'cloud',
  'journal-unwritable': 'cloud',
  'journal-busy': 'operator',
  'credentials-missing': 'cloud',
  'access-denied': 'cloud',
  'endpoint-unreachable': 'cloud',
  'service-refused': 'cloud',
  'service-failed': 'cloud',
  'connection-lost': 'cloud',
  'claim-lost': 'cloud',
  'not-addressable': 'cloud',
  'broker-unreachable': 'cloud',
  'broker-refused': 'cloud',
  'broker-denied': 'cloud',
  'timed-out': 'cloud',
  'not-built': 'operator',
  bug: 'bug',
} as const satisfies Record<string, ErrorSource>;

export type ErrorCode = keyof typeof ERROR_SOURCES;

type ErrorDetails = { readonly hint: string; readonly cause?: unknown; readonly tries?: number };

/** A surprise with a name. The message holds the value in question, the hint says what to do next; neither holds a secret. */
export class EvictError extends Error {
  override readonly name = 'EvictError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** How often it was tried: of several tries an earlier one, whose answer was lost, may have had its effect. */
  readonly tries: number;

  constructor(code: ErrorCode, message: string, about: ErrorDetails) {
    super(message, { cause: about.cause });
    this.code = code;
    this.hint = about.hint;
    this.tries = about.tries ?? 1;
  }

  get source(): ErrorSource {
    return ERROR_SOURCES[this.code];
  }
}

/** The cloud said no, or could not even be asked: after this, nothing was changed. All else may have had its effect. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'access-denied',
  'credentials-missing',
  'endpoint-unreachable',
  'service-refused',
  'not-addressable',
]);

export function isRefusal(error: EvictError | undefined): boolean {
  return error !== undefined && REFUSALS.has(error.code);
}

/** The broker was there, and did not let us in: for now, or without a word, or for good. */
export function isBrokersNo({ code }: EvictError): boolean {
  return code === 'broker-refused' || code === 'broker-denied';
}

/** The message of whatever was thrown. By shape, not by class: an error may come from another realm, or be none. */
export function messageOf(thrown: unknown): string {
  return textOf(thrown, 'message') ?? String(thrown);
}

/** The name of whatever was thrown, as in `AbortError`. */
export function nameOf(thrown: unknown): string {
  return textOf(thrown, 'name') ?? '';
}

/** The code of whatever was thrown, as in `ENOENT`. */
export function codeOf(thrown: unknown): string {
  return textOf(thrown, 'code') ?? '';
}

function textOf(thrown: unknown, property: 'message' | 'name' | 'code'): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const value: unknown = Reflect.get(thrown, property);
  return typeof value === 'string' ? value : undefined;
}
