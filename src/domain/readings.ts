import * as z from 'zod';
import type { ConnectionReading, Subscription } from './connection-reading.ts';
import type { CallerReading, CertificateReading, EffectivePolicy } from './cloud-ports.ts';
import type { Neighbour } from './plan.ts';
import type { Principal } from './principal.ts';
import type { EvictionRequest } from './request.ts';
import type { SiblingReading } from './siblings.ts';
import type { Sighting } from './sighting.ts';

/** A reading that may be refused, missing or slow without stopping the run. */
export type Reading<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

/** Other clients of the sighted principal, as far as the sources tell. */
export type Neighbourhood = {
  readonly neighbours: readonly Neighbour[];
  /** Epoch milliseconds of the oldest event; undefined where the sources hold this one client only: no history. */
  readonly since?: number | undefined;
};

/** All that a plan is decided from. */
export type PlanReadings = {
  readonly request: EvictionRequest;
  readonly sighting: Sighting;
  readonly neighbourhood: Neighbourhood;
  readonly caller: Reading<CallerReading>;
  /** The principals that this run speaks as: the caller, and the certificate of the MQTT connections. */
  readonly ownPrincipals: readonly Principal[];
  /** `not-a-certificate` where the principal is none; `not-here` where this account and region do not know it. */
  readonly certificate: CertificateReading | 'not-here' | 'not-a-certificate';
  readonly things: Reading<readonly string[]>;
  readonly policies: Reading<readonly string[]>;
  /** All that the principal may do, groups included. */
  readonly effective: Reading<readonly EffectivePolicy[]>;
  /** The policies that its thing has through groups, of whatever name; `undefined` where it has no thing, or none is to be detached. */
  readonly throughGroups?: Reading<readonly string[]> | undefined;
  /** Whether it could still connect without the policies that are to be detached; `undefined` where none is. */
  readonly connectsWithout?: Reading<boolean> | undefined;
  readonly connection: Reading<ConnectionEvidence>;
  readonly subscriptions: Reading<readonly Subscription[]>;
  /** The further connections of a Greengrass core that the connection API knows of, as far as it could be asked. */
  readonly siblings: SiblingsReading;
  /** When the plan is made (epoch milliseconds). */
  readonly now: number;
  readonly commands: CommandContext;
  /** What of the command line a printed command says again. */
  readonly again?: readonly string[] | undefined;
};

/** What was asked until it was refused, if it was. */
export type SiblingsReading = {
  readonly found: readonly SiblingReading[];
  readonly why?: string | undefined;
  /** Epoch milliseconds. */
  readonly readAt: number;
};

/** What the connection API knows of the client before the containment. */
type ConnectionEvidence = {
  /** Undefined: it has never heard of the client. */
  readonly reading?: ConnectionReading | undefined;
};

/** What an `aws` command needs to reach the same place. */
export const commandContext = z.object({
  region: z.string().optional(),
  profile: z.string().optional(),
  endpointUrl: z.string().optional(),
  /** The data plane's own endpoint, where one is set. */
  dataEndpointUrl: z.string().optional(),
});

export type CommandContext = z.infer<typeof commandContext>;
