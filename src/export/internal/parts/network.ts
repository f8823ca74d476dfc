/**
 * OTLP and AgentOps over a network. Loaded by the first exporter that sends.
 *
 * @internal
 */
export { makeHttpClient } from "../../../delivery/internal/http/httpClient.ts"
export { defaultTimeout, makeAgentOpsSender, makeAuthorized } from "../backend/agentOps.ts"
export { readAddress, readApiKey, readApiUrl } from "../backend/agentOpsSettings.ts"
export { httpTransport, httpUrl, signalUrl, tracesUrl } from "../backend/otlp.ts"
export { connect } from "../backend/otlpConnection.ts"
