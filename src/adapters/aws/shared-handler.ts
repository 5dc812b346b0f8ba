import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * One for all clients of a run. Each client destroys the handler that it was given when it is done, and the requests of all
 * others would be cut off with it: only the owner of the run closes this one.
 */
export class SharedHandler extends NodeHttpHandler implements Disposable {
  override destroy(): void {
    // A client is done; the others are not.
  }

  [Symbol.dispose](): void {
    super.destroy();
  }
}
