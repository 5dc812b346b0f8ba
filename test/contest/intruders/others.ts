import { setTimeout as delay } from 'node:timers/promises';
import type { Intruder } from '../intruder.ts';
import { comeBackForEver, leave, mustEnter, type Scene } from '../scene.ts';
import { endsWhereNobodyIs, usualEnds } from '../way.ts';

/** They are not alone, or not where one looks. */
export const OTHER_INTRUDERS: readonly Intruder[] = [
  {
    name: 'second certificate takes over',
    ends: ({ method }) => (method === 'none' ? ['unverified', 'returned'] : ['returned', 'unverified']),
    endsInStorm: ['evicted'], // where its refused attempts count it never comes in: it uses its own second up
    deadlineMs: 14_000,
    fits: (way) => ({ ...way, action: 'deactivate' }),
    arrive: async (scene) => {
      const second = await scene.ring.device();
      const first = await mustEnter(scene, { identity: scene.identity });
      const follow = () => comeBackForEver(scene, { identity: second }, { pauseMs: () => 150 });
      const contained = scene.recorded(({ kind, step }) => kind === 'done' && step === 'deactivate');
      scene.keep(Promise.race([first.over, contained]).then(follow));
    },
  },
  {
    name: 'not connected at all',
    ends: endsWhereNobodyIs,
    endsInStorm: ['not-connected'],
    arrive: async (scene) => {
      const first = await mustEnter(scene, { identity: scene.identity });
      await leave(first, scene.dice.chance(0.5) ? 'DISCONNECT' : 'cut');
      await untilGone(scene);
    },
  },
  {
    name: 'connected elsewhere, too',
    ends: (way) => (way.action === 'none' ? ['kicked', 'returned'] : ['unverified']),
    endsInStorm: [],
    arrive: async (scene) => {
      await mustEnter({ ...scene, clientId: `${scene.clientId}-elsewhere` }, { identity: scene.identity });
      await mustEnter(scene, { identity: scene.identity });
      return { words: ['--allow-shared'] };
    },
  },
  {
    name: 'a colleague takes the ID',
    ends: () => ['unverified'],
    endsInStorm: [],
    arrive: async (scene) => {
      const colleague = await scene.ring.device();
      const first = await mustEnter(scene, { identity: scene.identity });
      const act = async () => {
        await first.over;
        await delay(scene.dice.between(1_050, 1_400), undefined, { signal: scene.signal });
        await comeBackForEver(scene, { identity: colleague }, { pauseMs: () => 100 });
      };
      scene.keep(act());
      return { responders: [colleague.certificateId] };
    },
    fits: (way) => ({ ...way, action: 'deactivate', method: way.method === 'both' ? 'both' : 'takeover' }),
  },
  {
    name: 'hidden client',
    hidden: true,
    ends: ({ action, method }) => {
      if (method === 'takeover' || method === 'none') return ['unverified'];
      return action === 'none' ? ['kicked'] : ['evicted'];
    },
    endsInStorm: ['not-connected'],
    fits: (way) => ({ ...way, method: way.method === 'takeover' ? 'api' : way.method }),
    arrive: async (scene) => {
      await mustEnter(scene, { identity: scene.identity });
      return { words: ['--principal', scene.identity.certificateId] };
    },
  },
  {
    name: 'over WebSocket, as an IAM user',
    ends: usualEnds,
    fits: (way) => ({ ...way, action: 'none', method: way.method === 'none' ? 'takeover' : way.method }),
    arrive: async (scene) => {
      const way = { url: () => scene.ring.signedUrl(), ca: scene.ring.ca };
      await mustEnter(scene, way);
      return { isUser: true, words: ['--allow-shared'] };
    },
  },
];

/** Its end is on the books before the run begins. */
async function untilGone({ ring, clientId, signal }: Scene): Promise<void> {
  for (;;) {
    const { connections } = await ring.truth();
    if (!connections.some((one) => one.clientId === clientId)) return;
    await delay(20, undefined, { signal });
  }
}
