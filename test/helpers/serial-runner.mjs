import TestRunner from 'jest-runner';

/** One file after the other, and none of another project meanwhile: Jest runs runners in turn. */
export default class SerialRunner extends TestRunner {
  isSerial = true;
}
