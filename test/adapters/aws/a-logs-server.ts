import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

/** What is answered: a body, or the name of an error. */
export type LogsReply = object | string;

/** One of CloudWatch Logs' calls, by its name. */
export type LogsCall = { readonly operation: string; readonly body: Readonly<Record<string, unknown>> };

/** CloudWatch Logs on loopback, or what else speaks JSON, that answers as a test says, and remembers what it was asked. */
export async function aLogsServer(answer: (call: LogsCall) => LogsReply) {
  const calls: LogsCall[] = [];
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    void text(request).then((sent) => {
      const call = { operation, body: z.record(z.string(), z.unknown()).parse(JSON.parse(sent || '{}')) };
      calls.push(call);
      const reply = answer(call);
      const [status, body] = typeof reply === 'string' ? [400, { __type: reply }] : [200, reply];
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    calls,
    named: (operation: string) => calls.filter((call) => call.operation === operation),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
