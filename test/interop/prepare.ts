import { installClients } from '../helpers/mlflow-client.ts';

/** A process of its own, while the stacks are deployed. */
installClients();
