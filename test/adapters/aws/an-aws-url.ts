import { jest } from '@jest/globals';
import { createRequire } from 'node:module';
import { z } from 'zod';

type Options = { readonly host: string; readonly port?: number | undefined; readonly region: string };
type Prepare = (options: Options, accessKeyId: string, secretAccessKey: string, token?: string) => string;

/** The package has no types of its own. */
const { prepareWebSocketUrl } = z
  .custom<{
    prepareWebSocketUrl: Prepare;
  }>((loaded) => typeof Reflect.get(Object(loaded), 'prepareWebSocketUrl') === 'function')
  .parse(createRequire(import.meta.url)('aws-iot-device-sdk/device'));

type Key = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

/** The URL that AWS's own device SDK makes of the same, at the same time: it asks the clock itself, so the clock is set. */
export function awsUrl(options: Options, { key, date }: { key: Key; date: Date }): string {
  jest.useFakeTimers({ now: date });
  try {
    return prepareWebSocketUrl(options, key.accessKeyId, key.secretAccessKey, key.sessionToken);
  } finally {
    jest.useRealTimers();
  }
}
