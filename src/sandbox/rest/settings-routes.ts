import * as z from 'zod';
import { answer, refusal, type Answer } from './answer.ts';
import { route, type RestContext, type Route } from './route.ts';

const logLevel = z.enum(['DEBUG', 'INFO', 'ERROR', 'WARN', 'DISABLED']);

/** Without a type AWS means its older endpoint, `iot:Data`; the sandbox's one endpoint stands for both. */
const seekingEndpoint = z.object({
  query: z.object({
    endpointType: z
      .enum(['iot:Data-ATS', 'iot:Data'], {
        error: ({ input }) => `the sandbox has iot:Data-ATS and iot:Data, not ${String(input)}`,
      })
      .default('iot:Data'),
  }),
});
const setting = z.object({
  body: z.object({
    roleArn: z.string().min(20).max(2048).optional(),
    defaultLogLevel: logLevel.optional(),
    disableAllLogs: z.boolean().default(false),
    eventConfigurations: z
      .array(
        z.object({
          eventType: z.string().min(1),
          logLevel: logLevel.optional(),
          logDestination: z.string().optional(),
        }),
      )
      .optional(),
  }),
});

/** The account's endpoint and its logging options (SDK). Of all that AWS IoT logs, the sandbox has refused connections only. */
export const settingsRoutes: readonly Route[] = [
  route('DescribeEndpoint', 'GET /endpoint', { input: seekingEndpoint, handle: describeEndpoint }),
  route('GetV2LoggingOptions', 'GET /v2LoggingOptions', { input: z.object({}), handle: getLoggingOptions }),
  route('SetV2LoggingOptions', 'POST /v2LoggingOptions', { input: setting, handle: setLoggingOptions }),
];

function describeEndpoint(_input: unknown, { dataEndpoint }: RestContext): Answer {
  return answer({ endpointAddress: dataEndpoint });
}

function getLoggingOptions(_input: unknown, { registry }: RestContext): Answer {
  return registry.logging === undefined
    ? refusal('NotConfiguredException', 'logging options have not been set')
    : answer(registry.logging);
}

function setLoggingOptions({ body }: z.output<typeof setting>, { registry }: RestContext): Answer {
  registry.logging = body;
  return answer();
}
