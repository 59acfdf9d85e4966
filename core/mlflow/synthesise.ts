/**
 * The MLmodel file of a model that no MLflow client logged. It has no signature, which would have
 * its client refuse arrays or frames: the graph says itself what it takes.
 */
export const synthesise = ({ createdAt }: { readonly createdAt: string }) => ({
  flavors: {
    onnx: {
      ...{ code: null, data: 'model.onnx', onnx_session_options: null },
      providers: ['CPUExecutionProvider'],
    },
    python_function: { data: 'model.onnx', loader_module: 'mlflow.onnx' },
  },
  utc_time_created: createdAt.replace('T', ' ').replace('Z', ''),
});
