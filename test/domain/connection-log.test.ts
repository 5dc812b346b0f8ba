import { describe, expect, it } from '@jest/globals';
import { connectionLog } from '../../src/domain/connection-log.ts';

const HERE = 'AWSIotLogsV2';

describe('where AWS IoT logs connections', () => {
  it.each([
    ['usually', { defaultLogLevel: 'INFO' }, [HERE]],
    [
      'as its event types say',
      {
        defaultLogLevel: 'ERROR',
        eventConfigurations: [
          { eventType: 'Connect', logLevel: 'INFO', logDestination: 'the/connections' },
          { eventType: 'Disconnect', logLevel: 'INFO', logDestination: 'the/connections' },
        ],
      },
      ['the/connections', HERE],
    ],
  ])('is the group that it is %s', (_, options, groups) => {
    expect(connectionLog(options)).toEqual({ groups });
  });

  it.each([
    ['is disabled', { disableAllLogs: true, defaultLogLevel: 'INFO' }],
    ['at the level ERROR', { defaultLogLevel: 'ERROR' }],
    [
      'at the level WARN',
      { defaultLogLevel: 'INFO', eventConfigurations: [{ eventType: 'Connect', logLevel: 'WARN' }] },
    ],
    ['at the level DISABLED', {}],
  ])('is said to be off, where it was %s, and may still have what was logged before', (words, options) => {
    expect(connectionLog(options)).toEqual({ groups: [HERE], off: expect.stringContaining(words) });
  });

  it('is said never to have been, where it was never set up', () => {
    const off = expect.stringContaining('never set up');
    expect(connectionLog(undefined)).toEqual({ groups: [HERE], off, never: true });
  });
});
