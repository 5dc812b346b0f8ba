import { startAdmin } from './faults/admin.ts';
import type { Broker } from './broker/broker.ts';
import type { Opened } from './closing.ts';
import type { Cloud } from './cloud.ts';
import { startControlPlane } from './rest/control-plane.ts';
import { type RefusedHandshake, startDeviceGate } from './broker/device-gate.ts';
import { startWebSocketGate } from './broker/websocket-gate.ts';

/** A port for each door; 0 is any free one. */
export type Ports = { control?: number; mqtts?: number; wss?: number; admin?: number };

/** Where the doors are. */
export type DoorUrls = {
  readonly controlUrl: string;
  readonly mqttsUrl: string;
  readonly wssUrl: string;
  readonly adminUrl: string;
};

type Behind = {
  readonly cloud: Cloud;
  readonly broker: Broker;
  readonly refused: Map<string, RefusedHandshake>;
  readonly truth: () => unknown;
  readonly propagationDelayMs: number;
  readonly ports: Ports;
};

/** Opens the four doors on loopback: two to the broker, the control plane that names one of them, and the side door. */
export async function openDoors(behind: Behind, opened: Opened): Promise<DoorUrls> {
  const { cloud, broker, refused, propagationDelayMs, ports } = behind;
  const { server, registry, authority } = cloud;
  const keys = new Map([[cloud.accessKey.accessKeyId, cloud.accessKey]]);
  const mqtts = await startDeviceGate({
    broker,
    registry,
    server,
    refused,
    propagationDelayMs,
    port: ports.mqtts ?? 0,
  });
  opened.push(mqtts);
  const wss = await startWebSocketGate({ broker, server, keys, port: ports.wss ?? 0 });
  opened.push(wss);
  const context = { registry, authority, dataEndpoint: `localhost:${wss.port}`, now: Date.now };
  const control = await startControlPlane({ context, keys, port: ports.control ?? 0 });
  opened.push(control);
  const admin = await startAdmin(behind.truth, ports.admin ?? 0);
  opened.push(admin);
  return {
    controlUrl: `http://127.0.0.1:${control.port}`,
    mqttsUrl: `mqtts://localhost:${mqtts.port}`,
    wssUrl: `wss://localhost:${wss.port}/mqtt`,
    adminUrl: `http://127.0.0.1:${admin.port}`,
  };
}
