import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TopicRule } from '@aws-sdk/client-iot';

/** As GetTopicRule would tell of it, or the error that it answers with. */
export type AnsweredRule = Pick<TopicRule, 'sql' | 'actions' | 'ruleDisabled'> & {
  readonly topicPattern?: string;
  readonly refused?: string;
};

/** The rules of AWS IoT on loopback, two to a page, and an account that has never set up logging. */
export async function aRulesServer(rules: Readonly<Record<string, AnsweredRule>>) {
  const asked: string[] = [];
  const names = Object.keys(rules);
  const answerTo = (url: URL): [status: number, body: object, error?: string] => {
    if (url.pathname === '/rules') {
      const from = Number(url.searchParams.get('nextToken') ?? 0);
      const page = names.slice(from, from + 2);
      const listed = page.map((ruleName) => ({ ruleName, topicPattern: rules[ruleName]?.topicPattern }));
      return [200, { rules: listed, nextToken: from + 2 < names.length ? String(from + 2) : undefined }];
    }
    const rule = rules[url.pathname.slice('/rules/'.length)];
    if (rule === undefined) return [404, {}, 'NotConfiguredException'];
    return rule.refused === undefined ? [200, { rule }] : [403, { message: 'no' }, rule.refused];
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    asked.push(url.pathname);
    const [status, body, error] = answerTo(url);
    response.writeHead(status, error === undefined ? {} : { 'x-amzn-errortype': error });
    response.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
