// onnxruntime reports to its maker by default, from 1.29 on. Imported before the runtime, because
// it looks once, when its library loads.
process.env.ORT_DISABLE_TELEMETRY = '1';
