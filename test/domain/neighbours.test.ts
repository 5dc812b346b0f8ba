import { describe, expect, it } from '@jest/globals';
import { neighbourhoodOf } from '../../src/domain/neighbours.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { INTRUDER, SIGHTED_AT, STRANGER, aConnectedEvent, aDisconnectedEvent, found } from './an-event.ts';

const HOUR = 3_600_000;
const principal = principalOf(INTRUDER);

function on(clientId: string, version: number, timestamp: number = SIGHTED_AT + version) {
  const sessionIdentifier = `${clientId}-${version}`;
  return found(aConnectedEvent({ clientId, versionNumber: version, sessionIdentifier, timestamp }));
}

function off(clientId: string, version: number, timestamp: number = SIGHTED_AT + version + 1) {
  const sessionIdentifier = `${clientId}-${version}`;
  return found(aDisconnectedEvent({ clientId, versionNumber: version, sessionIdentifier, timestamp }));
}

describe('the other clients of a principal', () => {
  it.each([
    ['connected', [on('b', 1)]],
    ['disconnected', [on('b', 1), off('b', 1)]],
    ['connected', [on('b', 1), off('b', 1), on('b', 2, SIGHTED_AT + 1)]],
    ['disconnected', [on('b', 9), off('b', 9), on('b', 8, SIGHTED_AT + 20)]],
    ['connected', [off('b', 90), on('b', 0, SIGHTED_AT + 2 * HOUR)]],
    ['disconnected', [off('b', 90)]],
  ])('are %s as their latest session says, in whatever order its events came: %#', (state, events) => {
    for (const order of [events, events.toReversed(), [...events, ...events]])
      expect(neighbourhoodOf(order, principal).neighbours).toMatchObject([{ clientId: 'b', state }]);
  });

  it('are those of this principal only, each once', () => {
    const stranger = found(aConnectedEvent({ clientId: 'd', principalIdentifier: STRANGER }));
    const shouted = found(aConnectedEvent({ clientId: 'c', principalIdentifier: INTRUDER.toUpperCase() }));
    const { neighbours } = neighbourhoodOf([on('b', 1), on('b', 2), shouted, stranger], principal);
    expect(neighbours.map(({ clientId }) => clientId)).toEqual(['b', 'c']);
  });

  it('are known since the oldest event, whoever it speaks of', () => {
    const old = found(aConnectedEvent({ clientId: 'd', principalIdentifier: STRANGER, timestamp: 5 }));
    expect(neighbourhoodOf([on('b', 1), old], principal).since).toBe(5);
  });

  it('are not known of a Cognito identity: in events, all identities of its role look alike', () => {
    const identifier = 'AROAEXAMPLEAPP:CognitoIdentityCredentials';
    const other = found(aConnectedEvent({ clientId: 'b', principalIdentifier: identifier }));
    expect(neighbourhoodOf([other], principalOf(identifier))).toEqual({ neighbours: [] });
  });

  it('are not known where the sources hold no other client', () => {
    expect(neighbourhoodOf([], principal)).toEqual({ neighbours: [] });
  });
});
