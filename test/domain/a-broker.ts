import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { CLIENT, SIGHTED_AT, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';

type ModelSession = {
  readonly principal: string;
  readonly id: string;
  readonly version: number;
  readonly since: number;
};

/**
 * The least that is true of the broker: one session per client ID, the newcomer displaces the holder, version numbers grow
 * by session, and each session's two events carry the same number. [MQTT-3.1.4-2]
 */
export class ModelBroker {
  current: ModelSession | undefined;
  readonly #publish: (event: SessionEvent) => void;
  #version: number;
  #ended: ConnectionReading | undefined;

  constructor(publish: (event: SessionEvent) => void, firstVersion: number) {
    this.#publish = publish;
    this.#version = firstVersion;
  }

  connect(principal: string, at: number): void {
    this.#end('DUPLICATE_CLIENTID', at);
    const version = this.#version;
    this.#version += 1;
    this.current = { principal, id: `session-${version}`, version, since: at };
    this.#publish(aConnectedEvent({ ...fieldsOf(this.current, at), ipAddress: '198.51.100.7' }));
  }

  /** DeleteConnection: drops whoever has the client ID. Returns whether there was anybody. */
  drop(at: number): boolean {
    const wasThere = this.current !== undefined;
    this.#end('API_INITIATED_DISCONNECT', at);
    return wasThere;
  }

  /** GetConnection; `undefined` where nobody ever connected. */
  reading(): ConnectionReading | undefined {
    return this.current === undefined ? this.#ended : { connected: true, connectedSince: this.current.since };
  }

  /** The holder goes, if it is this one. */
  leave(principal: string, at: number): void {
    if (this.current?.principal === principal) this.#end('CONNECTION_LOST', at);
  }

  #end(disconnectReason: string, at: number): void {
    const ending = this.current;
    this.current = undefined;
    if (ending !== undefined) this.#ended = { connected: false, disconnectReason, disconnectedSince: at };
    if (ending !== undefined)
      this.#publish(aDisconnectedEvent({ ...fieldsOf(ending, at), disconnectReason }));
  }
}

function fieldsOf({ principal, id, version }: ModelSession, at: number) {
  return {
    clientId: CLIENT,
    principalIdentifier: principal,
    sessionIdentifier: id,
    versionNumber: version,
    timestamp: Math.max(at, SIGHTED_AT),
  };
}
