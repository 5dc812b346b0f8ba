import type * as z from 'zod';
import type { IamIdentity } from '../identity/identity.ts';
import type { RestContext } from '../rest/route.ts';

/** An answer of the JSON 1.1 protocol. */
export type JsonReply = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
};

/** Who asks, and what may be used to answer. */
export type Caller = { readonly identity: IamIdentity; readonly context: RestContext };

/** One operation, from its untrusted body on. */
export type Operation = (body: unknown, caller: Caller) => JsonReply;

/** Writes one operation. Its shape should be strict: what the sandbox would pass over must not narrow the answer at AWS only. */
export function operation<Input extends z.ZodType>(
  input: Input,
  handle: (input: z.output<Input>, caller: Caller) => JsonReply,
): Operation {
  return (body, caller) => {
    const parsed = input.safeParse(body);
    if (parsed.success) return handle(parsed.data, caller);
    const [issue] = parsed.error.issues;
    return failed('InvalidParameterException', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  };
}

export function failed(type: string, message: string, status = 400): JsonReply {
  return json(status, { __type: type, message });
}

export function answered(body: object): JsonReply {
  return json(200, body);
}

function json(status: number, body: object): JsonReply {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
