import { describe, expect, it } from '@jest/globals';
import { faultFrom } from '../../src/cli/fault-words.ts';
import { readFault } from '../../src/sandbox/faults/fault.ts';

describe('--fault', () => {
  it.each([
    ['throttle', { fault: 'throttle' }],
    [
      'throttle,operation=UpdateCertificate,times=2',
      { fault: 'throttle', operation: 'UpdateCertificate', times: 2 },
    ],
    ['server-error,status=503,rate=0.25', { fault: 'server-error', status: 503, rate: 0.25 }],
    ['detach-delay=5s,client=pump-17', { fault: 'detach-delay', ms: 5000, client: 'pump-17' }],
    ['drop-delay=0', { fault: 'drop-delay', ms: 0 }],
    ['event-delay=250ms,event=connected', { fault: 'event-delay', ms: 250, event: 'connected' }],
    ['drop-connection,ms=1m,reason=THROTTLED', { fault: 'drop-connection', ms: 60_000, reason: 'THROTTLED' }],
    ['clock-offset=6m', { fault: 'clock-offset', ms: 360_000 }],
    ['clock-offset=-6m', { fault: 'clock-offset', ms: -360_000 }],
    ['lose-events,client=a=b', { fault: 'lose-events', client: 'a=b' }],
    ['lose-events,client=ü/🚀 #+', { fault: 'lose-events', client: 'ü/🚀 #+' }],
    ['lose-events,client=17', { fault: 'lose-events', client: '17' }],
    ['lose-events,client=__proto__', { fault: 'lose-events', client: '__proto__' }],
  ])('reads %s, which the sandbox takes', (text, fault) => {
    expect(faultFrom(text)).toEqual(fault);
    expect(readFault(faultFrom(text))).toMatchObject(fault);
  });

  it('reads JSON as the side door does, for a client ID with a comma in it', () => {
    const fault = { fault: 'lose-events', client: 'pump, "17"', times: 2 };
    expect(faultFrom(JSON.stringify(fault))).toEqual(fault);
    expect(readFault(faultFrom(JSON.stringify(fault)))).toEqual(fault);
  });

  it.each([
    ['detach-delay=soon', 'soon'],
    ['detach-delay=5', '5'],
    ['detach-delay=', ''],
    ['detach-delay=5s=6s', '5s=6s'],
    ['detach-delay,ms=5', '5'],
    ['clock-offset=--5s', '--5s'],
    ['clock-offset=-', '-'],
    ['detach-delay=1s\u001b[2J', String.raw`1s\u{1b}[2J`],
    ['throttle,times=twice', 'twice', 'times '],
    ['{"fault":"throttle"', '{"fault":"throttle"'],
    ['{fault:throttle}', '{fault:throttle}'],
  ])('refuses %j, and names it', (text, named, key = '') => {
    const read = () => faultFrom(text);
    expect(read).toThrow(`--fault: ${key}"${named}" is no`);
    expect(read).toThrow(
      expect.objectContaining({ code: 'bad-option', hint: expect.stringContaining('throttle,operation=') }),
    );
  });

  it.each([
    ['', 'fault'],
    ['meteor', 'fault'],
    ['throttle,operations=UpdateCertificate', 'operations'],
    ['throttle,times', 'times'],
    ['throttle,times=', 'times'],
    ['throttle,rate=2', 'rate'],
    ['throttle,', 'Unrecognized key'],
    ['throttle=5s', 'ms'],
    ['drop-delay', 'ms'],
    ['server-error,status=418', 'status'],
    ['detach-delay=-5s', 'ms'],
    ['detach-delay=25h', 'ms'],
    ['{}', 'fault'],
  ])('leaves it to the sandbox to refuse %j, for its %s', (text, named) => {
    expect(readFault(faultFrom(text))).toEqual({ problem: expect.stringContaining(named) });
  });
});
