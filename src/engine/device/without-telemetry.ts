/**
 * To be imported before onnxruntime-node: from 1.29 on its builds for Linux tell Microsoft of each session, hashes of the model's graph and weights included, and
 * leave an empty file in the temporary folder for each process, unless this is set when the library is loaded.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
