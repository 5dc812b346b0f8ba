import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { GENERATED_IN, withGenerated } from '../scripts/generated.ts';
import { ASSEMBLED_IN, assembled } from '../scripts/web-assembly.ts';
import { RESPONSE } from '../src/cli/options.ts';
import { ACTIONS, actionId } from '../src/domain/action.ts';
import { method } from '../src/domain/request.ts';

describe('what is made from the records of the actions', () => {
  it.each(GENERATED_IN)('is up to date in %s (npm run generate)', async (file) => {
    const text = await readFile(file, 'utf8');
    expect(text).toBe(withGenerated(file, text));
  });

  it.each(GENERATED_IN)('names every action in %s', async (file) => {
    const text = await readFile(file, 'utf8');
    for (const id of actionId.options) expect(text).toContain(`| \`${id}\``);
  });

  it('has a record for every action, and no other', () => {
    expect(Object.keys(ACTIONS).toSorted()).toEqual(actionId.options.toSorted());
    for (const [id, action] of Object.entries(ACTIONS)) expect(action.id).toBe(id);
  });

  it('says so when a table has no place', () => {
    expect(() => withGenerated('README.md', '# evict\n')).toThrow('no marks for the table "actions"');
  });
});

describe('what is written in WebAssembly', () => {
  it('is assembled from its text as it is now (npm run generate)', async () => {
    expect(await readFile(ASSEMBLED_IN, 'utf8')).toBe(await assembled());
  });
});

describe('the help', () => {
  const about = (name: string) => {
    const option = RESPONSE.find((one) => one.name === name);
    return `${option?.value} ${option?.about}`;
  };

  it.each([...actionId.options])('names the action %s', (id) => {
    expect(about('action')).toMatch(new RegExp(`\\b${id}\\b`, 'u'));
  });

  it.each([...method.options])('names the method %s', (one) => {
    expect(about('method')).toMatch(new RegExp(`\\b${one}\\b`, 'u'));
  });
});
