/**
 * What the large providers asked for a million text tokens, in US dollars.
 *
 * From their own price pages, as collected by genai-prices 0.2.3 (Pydantic, MIT). A model whose
 * price depends on the hour is left out, and so are those for audio, images and embeddings: what is
 * not listed has no known price, which is better than a wrong one.
 *
 * One model a line: provider, ids, then input, output, cache read and cache write; `-` is one that
 * has no price of its own. After a bar, what differs above a number of input tokens, in a service
 * tier, or both.
 *
 * @internal
 */

/** The day that the prices were checked. @internal */
export const asOf = "2026-11-20"

/** @internal */
export const table = `
anthropic claude-2 8 24
anthropic claude-3-5-haiku,claude-3.5-haiku 0.8 4 0.08 1
anthropic claude-3-5-sonnet,claude-3.5-sonnet 3 15 0.3 3.75
anthropic claude-3-7-sonnet,claude-3.7-sonnet,claude-sonnet-3.7,claude-sonnet-3-7 3 15 0.3 3.75
anthropic claude-3-haiku 0.25 1.25 0.03 0.3
anthropic claude-3-opus 15 75 1.5 18.75
anthropic claude-3-sonnet 3 15 0.3 3.75
anthropic claude-fable-5 10 50 1 12.5 | batch 5 25 0.5 6.25
anthropic claude-fable-5-1 10 50 0.25 12.5 | batch 5 25 0.125 6.25
anthropic claude-fable-5-2 8 40 0.2 10 | batch 4 20 0.1 5
anthropic claude-haiku-4-5,claude-haiku-4.5,claude-4-5-haiku,claude-4.5-haiku 1 5 0.1 1.25 | batch 0.5 2.5 0.05 0.625
anthropic claude-haiku-5-5,claude-haiku-5.5,claude-5-5-haiku,claude-5.5-haiku 0.1 0.5 0.01 0.125 | >100000 0.5 2.5 0.05 0.625 | batch 0.05 0.25 0.005 0.0625 | batch>100000 0.25 1.25 0.025 0.3125
anthropic claude-mythos-5-2 8 40 0.2 10 | batch 4 20 0.1 5
anthropic claude-opus-4-0,claude-4-opus,claude-opus-4 15 75 1.5 18.75
anthropic claude-opus-4-1,claude-opus-4.1 15 75 1.5 18.75
anthropic claude-opus-4-5,claude-opus-4.5,claude-4-5-opus,claude-4.5-opus 5 25 0.5 6.25 | batch 2.5 12.5 0.25 3.125
anthropic claude-opus-4-6,claude-opus-4.6,claude-4-6-opus,claude-4.6-opus 5 25 0.5 6.25 | batch 2.5 12.5 0.25 3.125
anthropic claude-opus-4-7,claude-opus-4.7,claude-4-7-opus,claude-4.7-opus 5 25 0.5 6.25 | batch 2.5 12.5 0.25 3.125
anthropic claude-opus-4-8,claude-opus-4.8,claude-4-8-opus,claude-4.8-opus 5 25 0.5 6.25 | batch 2.5 12.5 0.25 3.125
anthropic claude-opus-5,claude-opus-5.0,claude-5-opus,claude-5.0-opus 5 25 0.5 6.25 | batch 2.5 12.5 0.25 3.125
anthropic claude-opus-5-5,claude-opus-5.5,claude-5-5-opus,claude-5.5-opus 4 20 0.2 5 | batch 2 10 0.1 2.5
anthropic claude-sonnet-4-0,claude-sonnet-4,claude-4-sonnet 3 15 0.3 3.75
anthropic claude-sonnet-4-5,claude-sonnet-4.5 3 15 0.3 3.75 | >200000 6 22.5 0.6 7.5 | batch 1.5 7.5 0.15 1.875 | batch>200000 3 11.25 0.3 3.75
anthropic claude-sonnet-4-6,claude-sonnet-4.6 3 15 0.3 3.75 | batch 1.5 7.5 0.15 1.875
anthropic claude-sonnet-5,claude-sonnet-5.0,claude-5-sonnet,claude-5.0-sonnet 2 10 0.2 2.5 | batch 1 5 0.1 1.25
anthropic claude-sonnet-5-5,claude-sonnet-5.5,claude-5-5-sonnet,claude-5.5-sonnet 2 10 0.1 2.5 | batch 1 5 0.05 1.25
anthropic claude-v1 8 24
deepseek deepseek-v3.1-terminus 0.27 0.95 0.13
deepseek deepseek-v3.2 0.2288 0.3432
deepseek deepseek-v3.2-exp 0.27 0.41
gcp.gemini gemini-1.0-pro-vision-001 0.125 0.375
gcp.gemini gemini-1.5-flash 0.075 0.3 0.01875 | >128000 0.15 0.6 0.0375
gcp.gemini gemini-1.5-pro 1.25 5 | >128000 2.5 10
gcp.gemini gemini-2.0-flash 0.1 0.4 0.025
gcp.gemini gemini-2.0-flash-lite 0.075 0.3
gcp.gemini gemini-2.5-flash 0.3 2.5 0.03 | batch 0.15 1.25 0.03
gcp.gemini gemini-2.5-flash-lite 0.1 0.4 0.01 | batch 0.05 0.2 0.01
gcp.gemini gemini-2.5-flash-preview 0.15 0.6
gcp.gemini gemini-2.5-pro 1.25 10 0.125 | >200000 2.5 15 0.25 | batch 0.625 5 0.125 | batch>200000 1.25 7.5 0.125
gcp.gemini gemini-3-flash-preview 0.5 3 0.05 | batch 0.25 1.5 0.05
gcp.gemini gemini-3-pro-preview,gemini-3-pro-text-preview 2 12 0.2 | >200000 4 18 0.4
gcp.gemini gemini-3.1-flash-lite,gemini-3.1-flash-lite-preview 0.25 1.5 0.025 | batch 0.125 0.75 0.0125
gcp.gemini gemini-3.1-pro-preview,gemini-pro 2 12 0.2 | >200000 4 18 0.4 | batch 1 6 0.2 | batch>200000 2 9 0.2
gcp.gemini gemini-3.5-flash,gemini-3.5-flash-preview 1.5 9 0.15
gcp.gemini gemini-3.5-flash-lite,gemini-flash-lite 0.3 2.5 0.03 | batch 0.15 1.25 0.02
gcp.gemini gemini-3.6-flash 0.75 3.75 0.075 | batch 0.375 1.875 0.0375
gcp.gemini gemini-3.7-flash 0.75 3.75 0.075
gcp.gemini gemini-3.8-flash,gemini-flash 0.75 3.75 0.075 | batch 0.375 1.875 0.0375
gcp.gemini gemini-4-argon,gemini-4-argon-preview 2 10 0.1 | batch 1 5 0.05
gcp.gemini gemini-flash-1.5 0.075 0.3 0.01875 | >128000 0.15 0.6 0.0375
gcp.gemini gemini-flash-1.5-8b 0.0375 0.15 0.01 | >128000 0.075 0.3 0.02
gcp.gemini gemini-nano-banana-2.1 1.5 7.5 | batch 0.75 3.75
gcp.gemini gemini-omni-1.1-flash 1.5 9
gcp.gemini gemini-omni-flash-preview 1.5 9
gcp.gemini gemini-1.0-pro 0.125 0.375
gcp.gemini gemini-pro-1.5 1.25 5 0.3125 | >128000 2.5 10 0.625
gcp.gemini gemini-robotics-er-2-preview 1 5 0.1
gcp.gemini gemini-robotics-er-2-streaming-preview 1 5
mistral_ai codestral,codestral-2501 0.3 0.9 | batch 0.15 0.45
mistral_ai codestral-2508 0.3 0.9 0.03 | batch 0.15 0.45 0.015
mistral_ai deepseek-v4-1-flash-1017 0.3 1.2 0.007
mistral_ai devstral-2512 0.4 2 0.04
mistral_ai devstral-small,devstral-small-2505,devstral-small-2507,labs-devstral-small-2512 0.1 0.3
mistral_ai magistral-medium 2 5
mistral_ai magistral-small 0.5 1.5
mistral_ai ministral-14b-2512 0.2 0.2 0.02 | batch 0.1 0.1 0.01
mistral_ai ministral-3b 0.04 0.04
mistral_ai ministral-3b-2512 0.1 0.1 0.01 | batch 0.05 0.05 0.005
mistral_ai ministral-8b,ministral-8b-2410 0.1 0.1
mistral_ai ministral-8b-2512 0.15 0.15 0.015 | batch 0.075 0.075 0.0075
mistral_ai mistral-7b,open-mistral-7b 0.25 0.25
mistral_ai mistral-large,mistral-large-2407,mistral-large-2411 2 6
mistral_ai mistral-large-2512 0.5 1.5 0.05 | batch 0.25 0.75 0.025
mistral_ai mistral-large-4,mistral-large-4-0 0.7 2.1 0.07 | batch 0.35 1.05 0.035 | batch 0.68 2.09 0.07 | batch 0.34 1.045 0.035
mistral_ai mistral-medium-2312 2.7 8.1
mistral_ai mistral-medium-3-1,mistral-medium,mistral-medium-2505,mistral-medium-2508 0.4 2 0.04
mistral_ai mistral-medium-3-5,mistral-medium-3.5,mistral-medium-3,mistral-medium-2604 1.5 7.5 0.15 | batch 0.75 3.75 0.075
mistral_ai mistral-nemo,open-mistral-nemo 0.15 0.15
mistral_ai mistral-saba 0.2 0.6
mistral_ai mistral-small-24b-instruct-2501 0.05 0.08
mistral_ai mistral-small-2603 0.15 0.6 0.015 | batch 0.075 0.3 0.0075
mistral_ai mistral-small-3.1-24b-instruct 0.351 0.555
mistral_ai mistral-small-3.2-24b-instruct,mistral-small-2506 0.1 0.3
mistral_ai mistral-small 0.15 0.6 0.015 | batch 0.075 0.3 0.0075
mistral_ai mistral-tiny 0.25 0.25
mistral_ai mixtral-8x22b-instruct,open-mixtral-8x22b 2 6
mistral_ai mixtral-8x7b,open-mixtral-8x7b 0.7 0.7
mistral_ai pixtral-12b 0.15 0.15
mistral_ai pixtral-large,pixtral-large-2411 2 6
mistral_ai zai-glm-5-3 1.4 4.4 0.14
mistral_ai zai-glm-5-3-flash 0.15 0.5 0.03
openai ada,text-ada-001 0.4 0.4
openai babbage 0.5 0.5
openai babbage-002 0.4 0.4
openai chatgpt-4o 5 15
openai codex-mini 1.5 6 0.375
openai curie,text-curie-001 2 2
openai davinci,text-davinci-001 20 20
openai davinci-002 2 2
openai gpt-3.5-0301,gpt-3.5-turbo-0301 1.5 2
openai gpt-3.5-turbo,gpt-35-turbo,gpt-3.5-turbo-0125 0.5 1.5 | batch 0.25 0.75
openai gpt-3.5-turbo-0613 1.5 2
openai gpt-3.5-turbo-1106 1 2
openai gpt-3.5-turbo-16k,gpt-3.5-turbo-16k-0613,gpt-35-turbo-16k-0613,gpt-35-turbo-16k 3 4
openai gpt-3.5-turbo-instruct,gpt-3.5-turbo-instruct-0914 1.5 2
openai gpt-4,gpt-4-0314,gpt-4-0613 30 60 | batch 15 30
openai gpt-4-32k,gpt-4-32k-0314,gpt-4-32k-0613 60 120
openai gpt-4-turbo,gpt-4-turbo-0125-preview,gpt-4-0125-preview,gpt-4-1106-preview,gpt-4-turbo-preview 10 30 | batch 5 15
openai gpt-4-vision-preview,gpt-4-1106-vision-preview 10 30
openai gpt-4.1 2 8 0.5 | priority 3.5 14 0.875 | batch 1 4 0.5
openai gpt-4.1-mini 0.4 1.6 0.1 | priority 0.7 2.8 0.175 | batch 0.2 0.8 0.1
openai gpt-4.1-nano 0.1 0.4 0.025 | priority 0.2 0.8 0.05 | batch 0.05 0.2 0.025
openai gpt-4.5-preview 75 150 37.5
openai gpt-4o 2.5 10 1.25 | priority 4.25 17 2.125 | batch 1.25 5 1.25
openai gpt-4o-2024-05-13 5 15 | priority 8.75 26.25 | batch 2.5 7.5
openai gpt-4o-mini,gpt-4o-mini-search-preview 0.15 0.6 0.075 | priority 0.25 1 0.125 | batch 0.075 0.3 0.075
openai gpt-5,gpt-5-chat,gpt-5-codex 1.25 10 0.125 | flex 0.625 5 0.0625 | priority 2.5 20 0.25 | batch 0.625 5 0.0625
openai gpt-5-mini 0.25 2 0.025 | flex 0.125 1 0.0125 | priority 0.45 3.6 0.045 | batch 0.125 1 0.0125
openai gpt-5-nano 0.05 0.4 0.005 | flex 0.025 0.2 0.0025 | batch 0.025 0.2 0.0025
openai gpt-5-pro 15 120 | batch 7.5 60
openai gpt-5-search-api 1.25 10 0.125
openai gpt-5.1,gpt-5.1-codex,gpt-5.1-codex-max,gpt-5.1-chat,gpt-5-1,gpt-5-1-codex,gpt-5-1-codex-max,gpt-5-1-chat 1.25 10 0.125 | flex 0.625 5 0.0625 | priority 2.5 20 0.25 | batch 0.625 5 0.0625
openai gpt-5.1-codex-mini,gpt-5.1-mini,gpt-5-1-codex-mini,gpt-5-1-mini 0.25 2 0.025
openai gpt-5.2,gpt-5-2,gpt-5.2-chat,gpt-5-2-chat,gpt-5.2-codex,gpt-5-2-codex 1.75 14 0.175 | flex 0.875 7 0.0875 | priority 3.5 28 0.35 | batch 0.875 7 0.0875
openai gpt-5.2-pro,gpt-5-2-pro-2025-12-11 21 168 | batch 10.5 84
openai gpt-5.3,gpt-5-3,gpt-5.3-chat,gpt-5-3-chat 1.75 14 0.175
openai gpt-5.3-codex,gpt-5-3-codex 1.75 14 0.175 | priority 3.5 28 0.35
openai gpt-5.4,gpt-5-4 2.5 15 0.25 | >272000 5 22.5 0.5 | flex 1.25 7.5 0.13 | flex>272000 2.5 11.25 0.25 | priority 5 30 0.5 | batch 1.25 7.5 0.13 | batch>272000 2.5 11.25 0.25
openai gpt-5.4-mini,gpt-5-4-mini 0.75 4.5 0.075 | flex 0.375 2.25 0.0375 | priority 1.5 9 0.15 | batch 0.375 2.25 0.0375
openai gpt-5.4-nano,gpt-5-4-nano 0.2 1.25 0.02 | flex 0.1 0.625 0.01 | batch 0.1 0.625 0.01
openai gpt-5.4-pro,gpt-5-4-pro 30 180 | >272000 60 270 | flex 15 90 | flex>272000 30 135 | batch 15 90 | batch>272000 30 135
openai gpt-5.5,gpt-5-5,gpt-5.5-chat,gpt-5-5-chat,gpt-5.5-codex,gpt-5-5-codex 5 30 0.5 | >272000 10 45 1 | flex 2.5 15 0.25 | flex>272000 5 22.5 0.5 | priority 12.5 75 1.25 | batch 2.5 15 0.25 | batch>272000 5 22.5 0.5
openai gpt-5.5-cyber 12.5 75 1.25
openai gpt-5.5-pro,gpt-5-5-pro 30 180 | >272000 60 270 | flex 15 90 | batch 15 90
openai gpt-5.6-cyber 12.5 75 1.25 15.625
openai gpt-5.6-luna,gpt-5-6-luna 0.2 1.2 0.02 0.25 | >272000 0.4 1.8 0.04 0.5 | flex 0.1 0.6 0.01 0.125 | flex>272000 0.2 0.9 0.02 0.25 | priority 0.4 2.4 0.04 0.5 | priority>272000 0.8 3.6 0.08 1 | batch 0.1 0.6 0.01 0.125 | batch>272000 0.2 0.9 0.02 0.25
openai gpt-5.6-sol,gpt-5-6-sol,gpt-5.6,gpt-5-6 4 20 0.4 5 | >272000 8 30 0.8 10 | flex 2 10 0.2 2.5 | flex>272000 4 15 0.4 5 | priority 8 40 0.8 10 | priority>272000 16 60 1.6 20 | batch 2 10 0.2 2.5 | batch>272000 4 15 0.4 5
openai gpt-5.6-terra,gpt-5-6-terra 2 12 0.2 2.5 | >272000 4 18 0.4 5 | flex 1 6 0.1 1.25 | flex>272000 2 9 0.2 2.5 | priority 4 24 0.4 5 | priority>272000 8 36 0.8 10 | batch 1 6 0.1 1.25 | batch>272000 2 9 0.2 2.5
openai gpt-6-astra 10 50 1 12.5 | >272000 20 75 2 25 | flex 5 25 0.5 6.25 | flex>272000 10 37.5 1 12.5 | priority 20 100 2 25 | priority>272000 40 150 4 50 | batch 5 25 0.5 6.25 | batch>272000 10 37.5 1 12.5
openai gpt-6-cyber 20 100 2 25
openai gpt-6-luna 0.1 0.5 0.01 0.125 | >272000 0.2 0.75 0.02 0.25 | flex 0.05 0.25 0.005 0.0625 | flex>272000 0.1 0.375 0.01 0.125 | priority 0.2 1 0.02 0.25 | priority>272000 0.4 1.5 0.04 0.5 | batch 0.05 0.25 0.005 0.0625 | batch>272000 0.1 0.375 0.01 0.125
openai gpt-6-rosalind 15 75 1.5 18.75 | >272000 30 112.5 3 37.5
openai gpt-6-sol 2 10 0.2 2.5 | >272000 4 15 0.4 5 | flex 1 5 0.1 1.25 | flex>272000 2 7.5 0.2 2.5 | priority 4 20 0.4 5 | priority>272000 8 30 0.8 10 | batch 1 5 0.1 1.25 | batch>272000 2 7.5 0.2 2.5
openai gpt-6.1-sol 2 10 0.1 2.5 | >272000 4 15 0.2 5 | flex 1 5 0.05 1.25 | flex>272000 2 7.5 0.1 2.5 | priority 4 20 0.2 5 | priority>272000 8 30 0.4 10 | batch 1 5 0.05 1.25 | batch>272000 2 7.5 0.1 2.5
openai gpt-6.1-terra 1 5 0.05 1.25 | >272000 2 7.5 0.1 2.5 | flex 0.5 2.5 0.025 0.625 | flex>272000 1 3.75 0.05 1.25 | priority 2 10 0.1 2.5 | priority>272000 4 15 0.2 5 | batch 0.5 2.5 0.025 0.625 | batch>272000 1 3.75 0.05 1.25
openai gpt-chat,chat 5 30 0.5
openai gpt-oss-120b 0.039 0.18
openai gpt-oss-20b 0.029 0.14
openai gpt-oss-safeguard-20b 0.075 0.3 0.037
openai gpt-rosalind-discovery 5 25 0.5
openai gpt-rosalind-research 5 25 0.5
openai o1 15 60 7.5 | batch 7.5 30 7.5
openai o1-mini 1.1 4.4 0.55
openai o1-preview 15 60 7.5
openai o1-pro 150 600 | batch 75 300
openai o3 2 8 0.5 | flex 1 4 0.25 | priority 3.5 14 0.875 | batch 1 4 0.5
openai o3-deep-research 10 40 2.5
openai o3-mini,o3-mini-high 1.1 4.4 0.55 | batch 0.55 2.2 0.55
openai o3-pro 20 80 | batch 10 40
openai o4-mini,o4-mini-high 1.1 4.4 0.275 | flex 0.55 2.2 0.138 | priority 2 8 0.5 | batch 0.55 2.2 0.275
openai o4-mini-deep-research 2 8 0.5
openai text-davinci-002 20 20
openai text-davinci-003 20 20
x_ai grok-2-1212,grok-2 2 10
x_ai grok-2-vision-1212,grok-2-vision 2 10
x_ai grok-3,grok-3-beta 3 15 0.75
x_ai grok-3-fast,grok-3-fast-beta 5 25 1.25
x_ai grok-3-mini,grok-3-mini-beta 0.3 0.5 0.075
x_ai grok-3-mini-fast,grok-3-mini-fast-beta 0.6 4 0.15
x_ai grok-4-0709,grok-4 3 15 0.75
x_ai grok-4-1-fast-non-reasoning 0.2 0.5 0.05
x_ai grok-4-1-fast-reasoning,grok-4-1-fast 0.2 0.5 0.05
x_ai grok-4-fast-non-reasoning 0.2 0.5 0.05
x_ai grok-4-fast-reasoning,grok-4-fast 0.2 0.5 0.05
x_ai grok-4.20,grok-4.20-0309-reasoning,grok-4.20-0309-non-reasoning 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.20-multi-agent-0309,grok-4.20-multi-agent,grok-4.20-multi-agent-beta-0309,grok-4.20-multi-agent-beta 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.3 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.5,grok 2 6 0.3 | >199999 4 12 0.6
x_ai grok-4.6 2 6 0.5 | >199999 4 12 1
x_ai grok-4.7 2 6 0.5 | >199999 4 12 1
x_ai grok-build-0.1 1 2 0.2 | >199999 2 4 0.4
x_ai grok-code-fast-1,grok-code-fast,grok-code-fast-1-0825 0.2 1.5 0.02
`
