import { TestEnvironment } from 'jest-environment-node';

/** Jest's sandbox has typed arrays of its own, which the native runtime refuses: share the host's. */
export default class OnnxEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, {
      ArrayBuffer,
      BigInt64Array,
      BigUint64Array,
      Float16Array,
      Float32Array,
      Float64Array,
      Int8Array,
      Int16Array,
      Int32Array,
      Uint8Array,
      Uint8ClampedArray,
      Uint16Array,
      Uint32Array,
      DataView,
    });
  }
}
