import { jest } from '@jest/globals';
import sdk from 'aws-iot-device-sdk';

type Place = { readonly host: string; readonly port?: number | undefined; readonly region: string };
type Key = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

/** The URL that AWS's own device SDK makes of the same, at the same time: it asks the clock itself, so the clock is set. */
export function awsUrl(place: Place, { key, date }: { key: Key; date: Date }): string {
  jest.useFakeTimers({ now: date });
  try {
    return sdk.device.prepareWebSocketUrl(place, key.accessKeyId, key.secretAccessKey, key.sessionToken);
  } finally {
    jest.useRealTimers();
  }
}
