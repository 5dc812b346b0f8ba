import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { signedUrl } from '../../../src/adapters/aws/signed-url.ts';
import { awsUrl } from './an-aws-url.ts';

const { sha256 } = new STSClient({ region: 'us-east-1' }).config;

/** Of an access key ID AWS says: word characters. (IAM API reference, AccessKey) */
const accessKeyId = fc.stringMatching(/^\w{16,128}$/u);
const oddText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
const secretAccessKey = fc.oneof(fc.base64String({ minLength: 40, maxLength: 40 }), oddText);
const sessionToken = fc.oneof(fc.base64String({ minLength: 4, maxLength: 1_000 }), oddText);
const region = fc.oneof(fc.constantFrom('us-east-1', 'cn-north-1'), fc.stringMatching(/^[a-z0-9-]{1,20}$/u));
const host = fc.oneof(
  fc.domain(),
  fc.constantFrom('abc123-ats.iot.eu-west-1.amazonaws.com', 'LOCALHOST', '127.0.0.1'),
);
const port = fc.option(fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constant(443)), { nil: undefined });
const date = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const key = fc.record(
  { accessKeyId, secretAccessKey, sessionToken },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);

const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
const order = { region: 'eu-west-1', date: new Date('2026-11-25T09:07:23.987Z'), sha256 };

describe('the signed URL', () => {
  it('is byte for byte that of AWS’s own device SDK, whatever the credentials, region, host, port and time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ key, region, host, port, date }), async (made) => {
        const { key: credentials, ...place } = made;
        const address = made.port === undefined ? made.host : `${made.host}:${made.port}`;
        const ours = await signedUrl({ ...place, host: address, credentials, sha256 });
        expect(ours).toBe(awsUrl(place, { key: credentials, date: made.date }));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [undefined, 'wss://host.example/mqtt?'],
    [443, 'wss://host.example/mqtt?'],
    [8443, 'wss://host.example:8443/mqtt?'],
    [4430, 'wss://host.example:4430/mqtt?'],
  ])('names the port unless it is that of wss: %s', async (given, beginning) => {
    const address = given === undefined ? 'host.example' : `host.example:${given}`;
    const url = await signedUrl({ ...order, host: address, credentials: KEY });
    expect(url.startsWith(beginning)).toBe(true);
  });

  it('has a session token last, which is no part of what is signed', async () => {
    const plain = await signedUrl({ ...order, host: 'host.example', credentials: KEY });
    const credentials = { ...KEY, sessionToken: 'a+b/c=' };
    expect(await signedUrl({ ...order, host: 'host.example', credentials })).toBe(
      `${plain}&X-Amz-Security-Token=a%2Bb%2Fc%3D`,
    );
  });
});
