/** The MLflow whose clients and contracts are followed. */
export const MLFLOW_VERSION = '3.17.2';
