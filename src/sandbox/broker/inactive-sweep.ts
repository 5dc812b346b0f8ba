import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import { type Certificate, certificateByArn, type Registry } from '../registry/registry.ts';
import { wasEver } from '../registry/timeline.ts';
import type { Endings } from './endings.ts';
import type { Sessions } from './sessions.ts';

const EVERY_MS = 100;
/** "Within a few minutes" (SDK, UpdateCertificate); AWS gives no figure. */
const USUAL_DELAY_MS = 3 * 60_000;

type Scene = {
  readonly sessions: Sessions;
  readonly endings: Endings;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly faults: Faults;
};

/** Drops live connections whose certificate is no longer ACTIVE, some time after it changed. With which reason is not documented. */
export function sweepInactive({ sessions, endings, registry, clock, faults }: Scene): Disposable {
  const sweep = () => {
    for (const { client, identity, session } of sessions.list()) {
      if (identity.kind !== 'certificate') continue;
      const delayMs = faults.delayMs('drop-delay', { client: session.clientId }, USUAL_DELAY_MS);
      if (isOverdue(certificateByArn(registry, identity.arn), clock.now() - delayMs)) {
        endings.cut(client, 'AUTH_ERROR');
      }
    }
  };
  const timer = setInterval(sweep, EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Not active at any time since the moment: one that was activated again in between stays, one that is revoked besides goes. */
function isOverdue(certificate: Certificate | undefined, moment: number): boolean {
  return certificate === undefined || !wasEver(certificate.status, { value: 'ACTIVE', since: moment });
}
