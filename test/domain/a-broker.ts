import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { CLIENT, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';

/** A session as it really was, in the order in which sessions began. */
export type ModelSession = {
  readonly process: string;
  readonly principal: string;
  readonly id: string;
  readonly version: number;
  readonly since: number;
  readonly order: number;
  /** Whose connection displaced it, if one did. */
  displacedBy?: string;
};

type Told = (event: SessionEvent, of: ModelSession) => void;

type Options = {
  readonly publish: Told;
  readonly onDisplaced?: (session: ModelSession, at: number) => void;
  readonly firstVersion?: number;
  /** One CONNECT a second, whoever sends it. (AWS IoT Core quotas) */
  readonly limited?: boolean;
};

/**
 * The least that is true of the broker: one session per client ID, the newcomer displaces the holder, version numbers grow
 * by session, and each session's two events carry the same number. [MQTT-3.1.4-2]
 */
export class ModelBroker {
  current: ModelSession | undefined;
  readonly #options: Options;
  readonly #past: { readonly at: number; readonly reading: ConnectionReading | undefined }[] = [];
  #version: number;
  #order = 0;
  #lastConnectAt = -Infinity;

  constructor(options: Options) {
    this.#options = options;
    this.#version = options.firstVersion ?? 97;
  }

  /** Lets it be there from the beginning on, before anybody listened. */
  begin(session: Omit<ModelSession, 'order'>): void {
    this.current = { ...session, order: 0 };
    this.#remember(session.since, { connected: true, connectedSince: session.since });
  }

  /** `undefined`: refused, since the last CONNECT was less than a second ago. */
  connect(process: string, principal: string, at: number): ModelSession | undefined {
    if (this.#options.limited === true && at < this.#lastConnectAt + 1_000) return undefined;
    this.#lastConnectAt = at;
    this.#end('DUPLICATE_CLIENTID', at, process);
    const version = this.#version;
    this.#version += 1;
    this.#order += 1;
    const session = {
      process,
      principal,
      id: `session-${this.#order}`,
      version,
      since: at,
      order: this.#order,
    };
    this.current = session;
    this.#remember(at, { connected: true, connectedSince: at });
    this.#options.publish(aConnectedEvent({ ...fieldsOf(session, at), ipAddress: '198.51.100.7' }), session);
    return session;
  }

  /** DeleteConnection: drops whoever has the client ID. Returns whether there was anybody. */
  drop(at: number, process: string): boolean {
    const wasThere = this.current !== undefined;
    this.#end('API_INITIATED_DISCONNECT', at, process);
    return wasThere;
  }

  /** GetConnection, which may lag; `undefined` where nobody ever connected. */
  reading(at: number, lagMs = 0): ConnectionReading | undefined {
    return this.#past.findLast((one) => one.at <= at - lagMs)?.reading;
  }

  /** The process goes, if it has the client ID. */
  leave(process: string, at: number, disconnectReason = 'CONNECTION_LOST'): void {
    if (this.current?.process === process) this.#end(disconnectReason, at);
  }

  #end(disconnectReason: string, at: number, displacedBy?: string): void {
    const ending = this.current;
    if (ending === undefined) return;
    this.current = undefined;
    if (displacedBy !== undefined) ending.displacedBy = displacedBy;
    this.#remember(at, { connected: false, disconnectReason, disconnectedSince: at });
    this.#options.publish(aDisconnectedEvent({ ...fieldsOf(ending, at), disconnectReason }), ending);
    if (displacedBy !== undefined) this.#options.onDisplaced?.(ending, at);
  }

  #remember(at: number, reading: ConnectionReading): void {
    this.#past.push({ at, reading });
  }
}

function fieldsOf({ principal, id, version }: ModelSession, at: number) {
  return {
    clientId: CLIENT,
    principalIdentifier: principal,
    sessionIdentifier: id,
    versionNumber: version,
    timestamp: at,
  };
}
