/**
 * The large providers' prices for a million tokens, in US dollars. Made by `npm run prices`.
 *
 * The prices are from the providers' own pages, as collected by genai-prices 0.2.3 (Pydantic, MIT). A model whose price
 * depends on the hour is left out, because an unknown price is better than a wrong one.
 *
 * Each line is one model: provider, ids, then the rates for input, output, cache read, cache write and one-hour cache
 * write. `-` is a rate without a price of its own. `ai`, `ao` and `ar` are audio input, output and cache read, and
 * `ii`, `io` and `ir` are those of images. An id with `*` matches every id with that beginning. After a bar come the
 * other rates: in a service tier, at a speed (`~fast`), above a number of input tokens (`>`), the factor of a place
 * where the model was made to run (`us*1.1`), or the price of a thousand searches of the web (`web=10`). `+` marks a
 * model with open weights, and `!` a model whose price is known only if usage reports the modalities.
 *
 * @internal
 */

/** The day on which the prices were checked. @internal */
export const asOf = "2026-11-20"

/** @internal */
export const table = `
anthropic claude-2*,claude-v2* 8 24
anthropic claude-3-5-haiku*,claude-3.5-haiku*,claude-3-5-haiku-latest 0.8 4 0.08 1 1.6 | web=10
anthropic claude-3-5-sonnet*,claude-3.5-sonnet* 3 15 0.3 3.75 6 | web=10
anthropic claude-3-7-sonnet*,claude-3.7-sonnet*,claude-sonnet-3.7*,claude-sonnet-3-7*,claude-3-7-sonnet-latest 3 15 0.3 3.75 6 | web=10
anthropic claude-3-haiku* 0.25 1.25 0.03 0.3 0.5
anthropic claude-3-opus*,claude-3-opus-latest 15 75 1.5 18.75 30
anthropic claude-3-sonnet* 3 15 0.3 3.75 6
anthropic claude-fable-5 10 50 1 12.5 20 | batch 5 25 0.5 6.25 10 | us*1.1 | regional*1.1 | web=10
anthropic claude-fable-5-1 10 50 0.25 12.5 20 | batch 5 25 0.125 6.25 10 | us*1.1 | regional*1.1 | web=10
anthropic claude-fable-5-2 8 40 0.2 10 16 | batch 4 20 0.1 5 8 | ~fast 16 80 0.4 20 32 | us*1.1 | regional*1.1 | web=10
anthropic claude-haiku-4-5*,claude-haiku-4.5*,claude-4-5-haiku*,claude-4.5-haiku* 1 5 0.1 1.25 2 | batch 0.5 2.5 0.05 0.625 1 | regional*1.1 | web=10
anthropic claude-haiku-5-5*,claude-haiku-5.5*,claude-5-5-haiku*,claude-5.5-haiku* 0.1 0.5 0.01 0.125 0.2 | >100000 0.5 2.5 0.05 0.625 1 | batch 0.05 0.25 0.005 0.0625 0.1 | batch>100000 0.25 1.25 0.025 0.3125 0.5 | us*1.1 | regional*1.1 | web=10
anthropic claude-mythos-5-2 8 40 0.2 10 16 | batch 4 20 0.1 5 8 | ~fast 16 80 0.4 20 32 | us*1.1 | regional*1.1 | web=10
anthropic claude-opus-4-0*,claude-4-opus*,claude-opus-4,claude-opus-4-20250514 15 75 1.5 18.75 30 | web=10
anthropic claude-opus-4-1*,claude-opus-4.1* 15 75 1.5 18.75 30 | web=10
anthropic claude-opus-4-5*,claude-opus-4.5*,claude-4-5-opus*,claude-4.5-opus* 5 25 0.5 6.25 10 | batch 2.5 12.5 0.25 3.125 5 | regional*1.1 | web=10
anthropic claude-opus-4-6*,claude-opus-4.6*,claude-4-6-opus*,claude-4.6-opus* 5 25 0.5 6.25 10 | batch 2.5 12.5 0.25 3.125 5 | us*1.1 | regional*1.1 | web=10
anthropic claude-opus-4-7*,claude-opus-4.7*,claude-4-7-opus*,claude-4.7-opus* 5 25 0.5 6.25 10 | batch 2.5 12.5 0.25 3.125 5 | us*1.1 | regional*1.1 | web=10
anthropic claude-opus-4-8*,claude-opus-4.8*,claude-4-8-opus*,claude-4.8-opus* 5 25 0.5 6.25 10 | batch 2.5 12.5 0.25 3.125 5 | ~fast 10 50 1 12.5 20 | us*1.1 | regional*1.1 | web=10
anthropic claude-opus-5,claude-opus-5-latest,claude-opus-5.0*,claude-5-opus*,claude-5.0-opus* 5 25 0.5 6.25 10 | batch 2.5 12.5 0.25 3.125 5 | ~fast 10 50 1 12.5 20 | us*1.1 | regional*1.1 | web=10
anthropic claude-opus-5-5,claude-opus-5.5*,claude-5-5-opus*,claude-5.5-opus* 4 20 0.2 5 8 | batch 2 10 0.1 2.5 4 | ~fast 8 40 0.4 10 16 | us*1.1 | regional*1.1 | web=10
anthropic claude-sonnet-4-2025*,claude-sonnet-4-0*,claude-sonnet-4*,claude-4-sonnet* 3 15 0.3 3.75 6 | web=10
anthropic claude-sonnet-4-5*,claude-sonnet-4.5* 3 15 0.3 3.75 6 | >200000 6 22.5 0.6 7.5 12 | batch 1.5 7.5 0.15 1.875 3 | batch>200000 3 11.25 0.3 3.75 6 | regional*1.1 | web=10
anthropic claude-sonnet-4-6*,claude-sonnet-4.6* 3 15 0.3 3.75 6 | batch 1.5 7.5 0.15 1.875 3 | us*1.1 | regional*1.1 | web=10
anthropic claude-sonnet-5*,claude-sonnet-5.0*,claude-5-sonnet*,claude-5.0-sonnet* 2 10 0.2 2.5 4 | batch 1 5 0.1 1.25 2 | us*1.1 | regional*1.1 | web=10
anthropic claude-sonnet-5-5*,claude-sonnet-5.5*,claude-5-5-sonnet*,claude-5.5-sonnet* 2 10 0.1 2.5 4 | batch 1 5 0.05 1.25 2 | us*1.1 | regional*1.1 | web=10
anthropic claude-v1 8 24
aws.bedrock devstral-2-123b* 0.4 2
aws.bedrock mistral-large-2402* 4 12
aws.bedrock mistral-small-2402* 1 3
aws.bedrock nova-lite* 0.06 0.24 0.015
aws.bedrock nova-micro* 0.035 0.14 0.00875
aws.bedrock nova-premier* 2.5 12.5 0.625
aws.bedrock nova-pro* 0.8 3.2 0.2
aws.bedrock palmyra-x4* 2.5 10
aws.bedrock palmyra-x5* 0.6 6
aws.bedrock pixtral-large-2502* 2 6
aws.bedrock r1* 1.35 5.4
aws.bedrock titan-embed-text,titan-embed-text-v1* 0.1 0
aws.bedrock titan-embed-text-v2* 0.02 0
aws.bedrock titan-text-express* 0.2 0.6
aws.bedrock titan-text-lite* 0.15 0.2
aws.bedrock+ llama3-1-70b-instruct* 0.72 0.72
aws.bedrock+ llama3-1-8b-instruct* 0.22 0.22
aws.bedrock+ llama3-2-11b-instruct* 0.16 0.16
aws.bedrock+ llama3-2-1b-instruct* 0.1 0.1
aws.bedrock+ llama3-2-3b-instruct* 0.15 0.15
aws.bedrock+ llama3-2-90b-instruct* 0.72 0.72
aws.bedrock+ llama3-3-70b-instruct* 0.72 0.72
aws.bedrock+ llama3-70b-instruct* 2.65 3.5
aws.bedrock+ llama3-8b-instruct* 0.3 0.6
aws.bedrock+ llama4-maverick-17b-instruct* 0.24 0.97
aws.bedrock+ llama4-scout-17b-instruct* 0.17 0.66
aws.bedrock+ magistral-small-2509* 0.5 1.5
aws.bedrock+ ministral-3-14b-instruct* 0.2 0.2
aws.bedrock+ ministral-3-3b-instruct* 0.1 0.1
aws.bedrock+ ministral-3-8b-instruct* 0.15 0.15
aws.bedrock+ mistral-7b-instruct* 0.15 0.2
aws.bedrock+ mistral-large-3-675b-instruct* 0.5 1.5
aws.bedrock+ mixtral-8x7b-instruct* 0.45 0.7
aws.bedrock+ nemotron-nano-3-30b* 0.06 0.24
aws.bedrock+ nemotron-nano-9b* 0.06 0.23
aws.bedrock+ nemotron-super-3-120b* 0.15 0.65
aws.bedrock+ qwen3-32b* 0.15 0.6
aws.bedrock+ qwen3-coder-30b-a3b* 0.15 0.6
aws.bedrock+ qwen3-coder-480b-a35b* 0.45 1.8
aws.bedrock+ qwen3-vl-235b-a22b* 0.53 2.66
cohere command 1 2
cohere command-a,command-a-03-2025 2.5 10
cohere command-light* 0.3 0.6
cohere command-r,command-r-08-2024 0.15 0.6
cohere command-r-plus,command-r-plus-08-2024 2.5 10
cohere command-r7b,command-r7b-12-2024 0.0375 0.15
deepseek+ deepseek-v3.1-terminus 0.27 0.95 0.13
deepseek+ deepseek-v3.2 0.2288 0.3432
deepseek+ deepseek-v3.2-exp 0.27 0.41
gcp.gemini gemini-1.0-pro-vision-001 0.125 0.375
gcp.gemini gemini-1.5-flash* 0.075 0.3 0.01875 | >128000 0.15 0.6 0.0375
gcp.gemini gemini-1.5-pro* 1.25 5 | >128000 2.5 10
gcp.gemini gemini-2.0-flash,gemini-2.0-flash-0*,gemini-2.0-flash-exp*,gemini-2.0-flash-thinking*,gemini-2.0-flash-latest* 0.1 0.4 0.025 ai=0.7 ar=0.175 | web=35
gcp.gemini gemini-2.0-flash-lite* 0.075 0.3
gcp.gemini gemini-2.5-flash,gemini-2.5-flash-latest,gemini-2.5-flash-preview-09-2025 0.3 2.5 0.03 ai=1 ar=0.1 | batch 0.15 1.25 0.03 ai=0.5 ar=0.1 | web=35
gcp.gemini gemini-2.5-flash-lite,gemini-2.5-flash-lite-preview* 0.1 0.4 0.01 ai=0.3 ar=0.03 | batch 0.05 0.2 0.01 ai=0.15 ar=0.03 | web=35
gcp.gemini gemini-2.5-flash-preview-05-20*,gemini-2.5-flash-preview-04-17*,gemini-2.5-flash-preview-05-20:thinking,gemini-2.5-flash-preview,gemini-2.5-flash-preview:thinking 0.15 0.6 | web=35
gcp.gemini gemini-2.5-pro* 1.25 10 0.125 | >200000 2.5 15 0.25 | batch 0.625 5 0.125 | batch>200000 1.25 7.5 0.25 | web=35
gcp.gemini gemini-3-flash-preview,gemini-3-flash-preview-* 0.5 3 0.05 ai=1 ar=0.1 | batch 0.25 1.5 0.05 ai=0.5 ar=0.1 | web=14
gcp.gemini gemini-3-pro-preview*,gemini-3-pro-text-preview 2 12 0.2 | >200000 4 18 0.4 | web=14
gcp.gemini gemini-3.1-flash-lite,gemini-3.1-flash-lite-preview* 0.25 1.5 0.025 ai=0.5 ar=0.05 | batch 0.125 0.75 0.0125 ai=0.25 ar=0.025 | web=14
gcp.gemini gemini-3.1-pro-preview*,gemini-pro-latest 2 12 0.2 | >200000 4 18 0.4 | batch 1 6 0.2 | batch>200000 2 9 0.4 | web=14
gcp.gemini gemini-3.5-flash,gemini-3.5-flash-preview*,gemini-3.5-flash-* 1.5 9 0.15 | web=14
gcp.gemini gemini-3.5-flash-lite*,gemini-flash-lite-latest 0.3 2.5 0.03 | batch 0.15 1.25 0.02 | web=14
gcp.gemini gemini-3.6-flash* 0.75 3.75 0.075 | batch 0.375 1.875 0.0375 | web=14
gcp.gemini gemini-3.7-flash* 0.75 3.75 0.075 | web=14
gcp.gemini gemini-3.8-flash*,gemini-flash-latest 0.75 3.75 0.075 | batch 0.375 1.875 0.0375 | web=14
gcp.gemini gemini-4-argon,gemini-4-argon-preview*,gemini-4-argon-* 2 10 0.1 | batch 1 5 0.05 | web=14
gcp.gemini gemini-embedding-001 0.15 0
gcp.gemini gemini-embedding-2,gemini-embedding-2-preview 0.2 0 ai=6.5 ii=0.45 | batch 0.1 0 ai=3.25 ii=0.225
gcp.gemini gemini-flash-1.5 0.075 0.3 0.01875 | >128000 0.15 0.6 0.0375
gcp.gemini gemini-flash-1.5-8b 0.0375 0.15 0.01 | >128000 0.075 0.3 0.02
gcp.gemini gemini-pro,gemini-1.0-pro 0.125 0.375
gcp.gemini gemini-pro-1.5 1.25 5 0.3125 | >128000 2.5 10 0.625
gcp.gemini gemini-robotics-er-2-preview 1 5 0.1
gcp.gemini gemini-robotics-er-2-streaming-preview 1 5
gcp.gemini! gemini-2.5-flash-image,gemini-2.5-flash-image-preview 0.3 2.5 io=30
gcp.gemini! gemini-3-pro-image,gemini-3-pro-image-preview* 2 12 io=120 | batch 1 6 io=60 | web=14
gcp.gemini! gemini-3.1-flash-image,gemini-3.1-flash-image-preview* 0.5 3 io=60 | batch 0.25 1.5 io=30 | web=14
gcp.gemini! gemini-3.1-flash-lite-image* 0.25 1.5 io=30 | batch 0.125 0.75 io=15
gcp.gemini! gemini-3.1-flash-live-preview* 0.75 4.5 ai=3 ao=12 ii=1 | web=14
gcp.gemini! gemini-3.8-live* 0.75 4.5 ai=3 ao=12 ii=1 | web=14
gcp.gemini! gemini-live-2.5-flash*,gemini-2.5-flash-native-audio-preview*,gemini-2.5-flash-native-audio-latest 0.5 2 ai=3 ao=12 ii=3
gcp.gemini! gemini-nano-banana-2.1 1.5 7.5 io=30 | batch 0.75 3.75 io=15 | web=14
mistral_ai codestral-2508 0.3 0.9 0.03 | batch 0.15 0.45 0.015
mistral_ai codestral-embed-2505,codestral-embed 0.15 0 0.015
mistral_ai codestral-latest,codestral-2501,codestral 0.3 0.9 | batch 0.15 0.45
mistral_ai devstral-2512 0.4 2 0.04
mistral_ai magistral-medium* 2 5
mistral_ai mistral-embed,mistral-embed-2312 0.1 0.1 | batch 0.05 0.05
mistral_ai mistral-large,mistral-large-latest,mistral-large-2407,mistral-large-2411 2 6
mistral_ai mistral-large-2512 0.5 1.5 0.05 | batch 0.25 0.75 0.025
mistral_ai mistral-large-4,mistral-large-4-0 0.7 2.1 0.07 | batch 0.35 1.05 0.035
mistral_ai mistral-medium,mistral-medium-2505,mistral-medium-2508,mistral-medium-3-1 0.4 2 0.04
mistral_ai mistral-medium-2312 2.7 8.1
mistral_ai mistral-medium-3.5,mistral-medium-3-5,mistral-medium-3,mistral-medium-2604 1.5 7.5 0.15 | batch 0.75 3.75 0.075
mistral_ai mistral-medium-latest 1.5 7.5 0.15 | batch 0.75 3.75 0.075
mistral_ai mistral-saba,mistral-saba-latest 0.2 0.6
mistral_ai mistral-small-2603 0.15 0.6 0.015 | batch 0.075 0.3 0.0075
mistral_ai mistral-small-latest 0.15 0.6 0.015 | batch 0.075 0.3 0.0075
mistral_ai pixtral-large-latest,pixtral-large-2411,pixtral-large 2 6
mistral_ai+ devstral-small,devstral-small-2505,devstral-small-2507,devstral-small-latest,labs-devstral-small-2512 0.1 0.3
mistral_ai+ magistral-small-*,magistral-small 0.5 1.5
mistral_ai+ ministral-14b-2512 0.2 0.2 0.02 | batch 0.1 0.1 0.01
mistral_ai+ ministral-3b 0.04 0.04
mistral_ai+ ministral-3b-2512 0.1 0.1 0.01 | batch 0.05 0.05 0.005
mistral_ai+ ministral-8b,ministral-8b-2410 0.1 0.1
mistral_ai+ ministral-8b-2512 0.15 0.15 0.015 | batch 0.075 0.075 0.0075
mistral_ai+ ministral-8b-latest 0.15 0.15 0.015 | batch 0.075 0.075 0.0075
mistral_ai+ mistral-7b,open-mistral-7b 0.25 0.25
mistral_ai+ mistral-nemo,open-mistral-nemo 0.15 0.15
mistral_ai+ mistral-small-24b-instruct-2501 0.05 0.08
mistral_ai+ mistral-small-2506,mistral-small-3.2-24b-instruct 0.1 0.3
mistral_ai+ mistral-small-3.1-24b-instruct 0.351 0.555
mistral_ai+ mistral-tiny 0.25 0.25
mistral_ai+ mixtral-8x7b*,open-mixtral-8x7b 0.7 0.7
mistral_ai+ open-mixtral-8x22b,mixtral-8x22b-instruct 2 6
mistral_ai+ pixtral-12b,pixtral-12b-latest 0.15 0.15
moonshot_ai moonshot-v1-128k,moonshot-v1-128k-vision-preview 2 5
moonshot_ai moonshot-v1-32k,moonshot-v1-32k-vision-preview 1 3
moonshot_ai moonshot-v1-8k,moonshot-v1-8k-vision-preview 0.2 2
moonshot_ai+ kimi-k2 0.57 2.3
moonshot_ai+ kimi-k2-0711-preview 0.6 2.5 0.15
moonshot_ai+ kimi-k2-0905-preview 0.6 2.5 0.15
moonshot_ai+ kimi-k2-thinking 0.6 2.5 0.15
moonshot_ai+ kimi-k2-thinking-turbo 1.15 8 0.15
moonshot_ai+ kimi-k2-turbo*,kimi-k2-turbo-preview 1.15 8 0.15
moonshot_ai+ kimi-k2.5* 0.6 3 0.1
moonshot_ai+ kimi-k2.6* 0.95 4 0.16
moonshot_ai+ kimi-k2.7-code 0.95 4 0.19
moonshot_ai+ kimi-k2.7-code-highspeed 1.9 8 0.38
moonshot_ai+ kimi-k3 3 15 0.3 3 6
moonshot_ai+ kimi-k3.1-pro 2 10 0.2 2 4
moonshot_ai+ kimi-k3.1-pro-highspeed 4 20 0.2 4 8
openai ada,text-ada-001 0.4 0.4
openai babbage 0.5 0.5
openai babbage-002 0.4 0.4
openai chatgpt-4o-latest 5 15
openai codex-mini,codex-mini-latest 1.5 6 0.375
openai computer-use* 3 12
openai curie,text-curie-001 2 2
openai davinci,text-davinci-001 20 20
openai davinci-002 2 2
openai gpt-3.5-turbo,gpt-35-turbo,gpt-3.5-turbo-0125 0.5 1.5 | batch 0.25 0.75
openai gpt-3.5-turbo-0301,gpt-3.5-0301 1.5 2
openai gpt-3.5-turbo-0613 1.5 2
openai gpt-3.5-turbo-1106 1 2 | batch 1 2
openai gpt-3.5-turbo-16k,gpt-3.5-turbo-16k-0613,gpt-35-turbo-16k-0613,gpt-35-turbo-16k 3 4
openai gpt-4,gpt-4-0314,gpt-4-0613 30 60 | batch 15 30
openai gpt-4-32k,gpt-4-32k-0314,gpt-4-32k-0613 60 120
openai gpt-4-turbo,gpt-4-turbo-2024-04-09,gpt-4-turbo-0125-preview,gpt-4-0125-preview,gpt-4-1106-preview,gpt-4-turbo-preview 10 30 | batch 5 15
openai gpt-4-vision-preview,gpt-4-1106-vision-preview 10 30
openai gpt-4.1,gpt-4.1-2025-04-14 2 8 0.5 | batch 1 4 0.5 | priority 3.5 14 0.875 | fast 3.5 14 0.875 | web=10
openai gpt-4.1-mini,gpt-4.1-mini-2025-04-14 0.4 1.6 0.1 | batch 0.2 0.8 0.1 | priority 0.7 2.8 0.175 | fast 0.7 2.8 0.175 | web=10
openai gpt-4.1-nano,gpt-4.1-nano-2025-04-14 0.1 0.4 0.025 | batch 0.05 0.2 0.025 | priority 0.2 0.8 0.05 | fast 0.2 0.8 0.05
openai gpt-4.5-preview* 75 150 37.5
openai gpt-4o,gpt-4o-2024-08-06,gpt-4o-2024-11-20 2.5 10 1.25 | batch 1.25 5 1.25 | priority 4.25 17 2.125 | fast 4.25 17 2.125 | web=10
openai gpt-4o-2024-05-13 5 15 | batch 2.5 7.5 | priority 8.75 26.25 | fast 8.75 26.25 | web=10
openai gpt-4o-mini,gpt-4o-mini-2024-07-18,gpt-4o-mini-search-preview,gpt-4o-mini-search-preview-2025-03-11 0.15 0.6 0.075 | batch 0.075 0.3 0.075 | priority 0.25 1 0.125 | fast 0.25 1 0.125 | web=10
openai gpt-4o-search-preview,gpt-4o-search-preview-2025-03-11 2.5 10
openai gpt-5,gpt-5-2025-08-07,gpt-5-chat,gpt-5-chat-latest,gpt-5-codex 1.25 10 0.125 | batch 0.625 5 0.0625 | flex 0.625 5 0.0625 | priority 2.5 20 0.25 | fast 2.5 20 0.25 | web=10
openai gpt-5-mini,gpt-5-mini-2025-08-07 0.25 2 0.025 | batch 0.125 1 0.0125 | flex 0.125 1 0.0125 | priority 0.45 3.6 0.045 | fast 0.45 3.6 0.045 | web=10
openai gpt-5-nano,gpt-5-nano-* 0.05 0.4 0.005 | batch 0.025 0.2 0.0025 | flex 0.025 0.2 0.0025 | web=10
openai gpt-5-pro,gpt-5-pro-2025-10-06 15 120 | batch 7.5 60 | web=10
openai gpt-5-search-api 1.25 10 0.125
openai gpt-5.1,gpt-5.1-2025-11-13,gpt-5.1-codex,gpt-5.1-codex-max,gpt-5.1-chat,gpt-5.1-chat-latest,gpt-5-1,gpt-5-1-2025-11-13,gpt-5-1-codex,gpt-5-1-codex-max,gpt-5-1-chat,gpt-5-1-chat-latest 1.25 10 0.125 | batch 0.625 5 0.0625 | flex 0.625 5 0.0625 | priority 2.5 20 0.25 | fast 2.5 20 0.25 | web=10
openai gpt-5.1-codex-mini,gpt-5.1-mini,gpt-5-1-codex-mini,gpt-5-1-mini 0.25 2 0.025
openai gpt-5.2,gpt-5.2-2025-12-11,gpt-5-2,gpt-5-2-2025-12-11,gpt-5.2-chat,gpt-5.2-chat-latest,gpt-5-2-chat,gpt-5-2-chat-latest,gpt-5.2-codex,gpt-5-2-codex 1.75 14 0.175 | batch 0.875 7 0.0875 | flex 0.875 7 0.0875 | priority 3.5 28 0.35 | fast 3.5 28 0.35 | web=10
openai gpt-5.2-pro,gpt-5.2-pro-2025-12-11,gpt-5-2-pro-2025-12-11 21 168 | batch 10.5 84 | web=10
openai gpt-5.3,gpt-5-3,gpt-5.3-chat,gpt-5.3-chat-latest,gpt-5-3-chat,gpt-5-3-chat-latest 1.75 14 0.175
openai gpt-5.3-codex,gpt-5-3-codex 1.75 14 0.175 | priority 3.5 28 0.35 | fast 3.5 28 0.35
openai gpt-5.4,gpt-5.4-2026-03-05,gpt-5-4,gpt-5-4-2026-03-05 2.5 15 0.25 | >272000 5 22.5 0.5 | batch 1.25 7.5 0.13 | batch>272000 2.5 11.25 0.25 | flex 1.25 7.5 0.13 | flex>272000 2.5 11.25 0.25 | priority 5 30 0.5 | fast 5 30 0.5 | regional*1.1 | web=10
openai gpt-5.4-mini,gpt-5.4-mini-2026-03-17,gpt-5-4-mini,gpt-5-4-mini-2026-03-17 0.75 4.5 0.075 | batch 0.375 2.25 0.0375 | flex 0.375 2.25 0.0375 | priority 1.5 9 0.15 | fast 1.5 9 0.15 | regional*1.1 | web=10
openai gpt-5.4-nano,gpt-5.4-nano-2026-03-17,gpt-5-4-nano,gpt-5-4-nano-2026-03-17 0.2 1.25 0.02 | batch 0.1 0.625 0.01 | flex 0.1 0.625 0.01 | regional*1.1 | web=10
openai gpt-5.4-pro,gpt-5.4-pro-2026-03-05,gpt-5-4-pro,gpt-5-4-pro-2026-03-05 30 180 | >272000 60 270 | batch 15 90 | batch>272000 30 135 | flex 15 90 | flex>272000 30 135 | regional*1.1 | web=10
openai gpt-5.5,gpt-5.5-2026-04-23,gpt-5.5-2026-04-24,gpt-5-5,gpt-5-5-2026-04-23,gpt-5-5-2026-04-24,gpt-5.5-chat,gpt-5.5-chat-latest,gpt-5-5-chat,gpt-5-5-chat-latest,gpt-5.5-codex,gpt-5-5-codex 5 30 0.5 | >272000 10 45 1 | batch 2.5 15 0.25 | batch>272000 5 22.5 0.5 | flex 2.5 15 0.25 | flex>272000 5 22.5 0.5 | priority 12.5 75 1.25 | fast 12.5 75 1.25 | regional*1.1 | web=10
openai gpt-5.5-cyber 12.5 75 1.25 | regional*1.1
openai gpt-5.5-pro,gpt-5.5-pro-2026-04-23,gpt-5-5-pro,gpt-5-5-pro-2026-04-23 30 180 | >272000 60 270 | batch 15 90 | flex 15 90 | regional*1.1 | web=10
openai gpt-5.6-cyber 12.5 75 1.25 15.625 | regional*1.1
openai gpt-5.6-luna,gpt-5-6-luna 0.2 1.2 0.02 0.25 | >272000 0.4 1.8 0.04 0.5 | batch 0.1 0.6 0.01 0.125 | batch>272000 0.2 0.9 0.02 0.25 | flex 0.1 0.6 0.01 0.125 | flex>272000 0.2 0.9 0.02 0.25 | priority 0.4 2.4 0.04 0.5 | priority>272000 0.8 3.6 0.08 1 | fast 0.4 2.4 0.04 0.5 | fast>272000 0.8 3.6 0.08 1 | regional*1.1 | web=10
openai gpt-5.6-sol,gpt-5-6-sol,gpt-5.6,gpt-5-6 4 20 0.4 5 | >272000 8 30 0.8 10 | batch 2 10 0.2 2.5 | batch>272000 4 15 0.4 5 | flex 2 10 0.2 2.5 | flex>272000 4 15 0.4 5 | priority 8 40 0.8 10 | priority>272000 16 60 1.6 20 | fast 8 40 0.8 10 | fast>272000 16 60 1.6 20 | regional*1.1 | web=10
openai gpt-5.6-terra,gpt-5-6-terra 2 12 0.2 2.5 | >272000 4 18 0.4 5 | batch 1 6 0.1 1.25 | batch>272000 2 9 0.2 2.5 | flex 1 6 0.1 1.25 | flex>272000 2 9 0.2 2.5 | priority 4 24 0.4 5 | priority>272000 8 36 0.8 10 | fast 4 24 0.4 5 | fast>272000 8 36 0.8 10 | regional*1.1 | web=10
openai gpt-6-astra 10 50 1 12.5 | >272000 20 75 2 25 | batch 5 25 0.5 6.25 | batch>272000 10 37.5 1 12.5 | flex 5 25 0.5 6.25 | flex>272000 10 37.5 1 12.5 | priority 20 100 2 25 | priority>272000 40 150 4 50 | fast 20 100 2 25 | fast>272000 40 150 4 50 | regional*1.1 | web=10
openai gpt-6-cyber 20 100 2 25 | regional*1.1
openai gpt-6-luna 0.1 0.5 0.01 0.125 | >272000 0.2 0.75 0.02 0.25 | batch 0.05 0.25 0.005 0.0625 | batch>272000 0.1 0.375 0.01 0.125 | flex 0.05 0.25 0.005 0.0625 | flex>272000 0.1 0.375 0.01 0.125 | priority 0.2 1 0.02 0.25 | priority>272000 0.4 1.5 0.04 0.5 | fast 0.2 1 0.02 0.25 | fast>272000 0.4 1.5 0.04 0.5 | regional*1.1 | web=10
openai gpt-6-rosalind 15 75 1.5 18.75 | >272000 30 112.5 3 37.5 | regional*1.1
openai gpt-6-sol 2 10 0.2 2.5 | >272000 4 15 0.4 5 | batch 1 5 0.1 1.25 | batch>272000 2 7.5 0.2 2.5 | flex 1 5 0.1 1.25 | flex>272000 2 7.5 0.2 2.5 | priority 4 20 0.4 5 | priority>272000 8 30 0.8 10 | fast 4 20 0.4 5 | fast>272000 8 30 0.8 10 | regional*1.1 | web=10
openai gpt-6.1-sol 2 10 0.1 2.5 | >272000 4 15 0.2 5 | batch 1 5 0.05 1.25 | batch>272000 2 7.5 0.1 2.5 | flex 1 5 0.05 1.25 | flex>272000 2 7.5 0.1 2.5 | priority 4 20 0.2 5 | priority>272000 8 30 0.4 10 | fast 4 20 0.2 5 | fast>272000 8 30 0.4 10 | regional*1.1 | web=10
openai gpt-6.1-terra 1 5 0.05 1.25 | >272000 2 7.5 0.1 2.5 | flex 0.5 2.5 0.025 0.625 | flex>272000 1 3.75 0.05 1.25 | priority 2 10 0.1 2.5 | priority>272000 4 15 0.2 5 | fast 2 10 0.1 2.5 | fast>272000 4 15 0.2 5 | batch 0.5 2.5 0.025 0.625 | batch>272000 1 3.75 0.05 1.25 | regional*1.1 | web=10
openai gpt-chat-latest,chat-latest 5 30 0.5
openai gpt-rosalind-discovery 5 25 0.5
openai gpt-rosalind-research 5 25 0.5
openai o1,o1-2024-12-17 15 60 7.5 | batch 7.5 30 7.5
openai o1-mini,o1-mini-2024-09-12 1.1 4.4 0.55
openai o1-preview,o1-preview-2024-09-12 15 60 7.5
openai o1-pro,o1-pro-2025-03-19 150 600 | batch 75 300
openai o3,o3-2025-04-16 2 8 0.5 | batch 1 4 0.5 | flex 1 4 0.25 | priority 3.5 14 0.875 | fast 3.5 14 0.875 | web=10
openai o3-deep-research,o3-deep-research-2025-06-26 10 40 2.5 | web=10
openai o3-mini,o3-mini-2025-01-31,o3-mini-high 1.1 4.4 0.55 | batch 0.55 2.2 0.55
openai o3-pro,o3-pro-2025-06-10 20 80 | batch 10 40
openai o4-mini-2025-04-16,o4-mini-high,o4-mini 1.1 4.4 0.275 | batch 0.55 2.2 0.275 | flex 0.55 2.2 0.138 | priority 2 8 0.5 | fast 2 8 0.5 | web=10
openai o4-mini-deep-research,o4-mini-deep-research-2025-06-26 2 8 0.5 | web=10
openai text-davinci-002 20 20
openai text-davinci-003 20 20
openai text-embedding-3-large 0.13 0
openai text-embedding-3-small 0.02 0
openai text-embedding-ada,text-embedding-ada-002,text-embedding-ada-002-v2 0.1 0
openai! chatgpt-image-latest 5 10 1.25 ii=8 io=32 ir=2
openai! gpt-4o-mini-realtime*,gpt-4o-mini-realtime-preview 0.6 2.4 0.3 ai=10 ao=20 ar=0.3
openai! gpt-4o-mini-transcribe 1.25 5 ai=3
openai! gpt-4o-realtime*,gpt-4o-realtime-preview 5 20 2.5 ai=40 ao=80 ar=2.5
openai! gpt-4o-transcribe,gpt-4o-transcribe-diarize 2.5 10 ai=6
openai! gpt-audio,gpt-audio-2025-08-28,gpt-audio-1.5 2.5 10 ai=32 ao=64
openai! gpt-audio-mini,gpt-audio-mini-2025-10-06,gpt-audio-mini-2025-12-15 0.6 2.4 ai=10 ao=20
openai! gpt-image-1 5 40 1.25 ii=10 ir=2.5 | batch 2.5 20 0.63 ii=5 ir=1.25
openai! gpt-image-1-mini 2 8 0.2 ii=2.5 ir=0.25 | batch 1 4 0.1 ii=1.25 ir=0.13
openai! gpt-image-1.5,gpt-image-1.5-2025-12-16 5 10 1.25 ii=8 io=32 ir=2 | batch 2.5 5 0.63 ii=4 io=16 ir=1
openai! gpt-image-2,gpt-image-2-2026-04-21 5 30 1.25 ii=8 ir=2 | batch 2.5 15 0.625 ii=4 ir=1
openai! gpt-image-2.5-flare,gpt-image-2.5-flare-2026-09-08 5 30 1.25 ii=8 ir=2 | batch 2.5 15 0.625 ii=4 ir=1
openai! gpt-image-2.5-sunburst,gpt-image-2.5-sunburst-2026-09-08 5 30 1.25 ii=8 ir=2 | batch 2.5 15 0.625 ii=4 ir=1
openai! gpt-realtime,gpt-realtime-2025-08-28,gpt-realtime-1.5 4 16 0.4 ai=32 ao=64 ar=0.4 ii=5 ir=0.5
openai! gpt-realtime-2,gpt-realtime-2.1 4 24 0.4 ai=32 ao=64 ar=0.4 ii=5 ir=0.5
openai! gpt-realtime-mini,gpt-realtime-2.1-mini,gpt-realtime-mini-2025-12-15,gpt-realtime-mini-2025-10-06 0.6 2.4 0.06 ai=10 ao=20 ar=0.3 ii=0.8 ir=0.08
openai+ gpt-3.5-turbo-instruct*,gpt-3.5-turbo-instruct-0914 1.5 2
x_ai grok-2-1212,grok-2,grok-2-latest 2 10
x_ai grok-2-vision-1212,grok-2-vision,grok-2-vision-latest 2 10
x_ai grok-3,grok-3-latest,grok-3-beta 3 15 0.75
x_ai grok-3-fast,grok-3-fast-latest,grok-3-fast-beta 5 25 1.25
x_ai grok-3-mini,grok-3-mini-beta,grok-3-mini-latest 0.3 0.5 0.075
x_ai grok-3-mini-fast,grok-3-mini-fast-beta,grok-3-mini-fast-latest 0.6 4 0.15
x_ai grok-4-0709,grok-4,grok-4-latest 3 15 0.75
x_ai grok-4-1-fast,grok-4-1-fast-reasoning,grok-4-1-fast-reasoning-latest 0.2 0.5 0.05
x_ai grok-4-1-fast-non-reasoning,grok-4-1-fast-non-reasoning-latest 0.2 0.5 0.05
x_ai grok-4-fast,grok-4-fast-reasoning,grok-4-fast-reasoning-latest 0.2 0.5 0.05
x_ai grok-4-fast-non-reasoning,grok-4-fast-non-reasoning-latest 0.2 0.5 0.05
x_ai grok-4.20,grok-4.20-0309-reasoning,grok-4.20-0309-non-reasoning 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.20-multi-agent-0309,grok-4.20-multi-agent,grok-4.20-multi-agent-beta-0309,grok-4.20-multi-agent-latest,grok-4.20-multi-agent-beta-latest 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.3,grok-4.3-latest 1.25 2.5 0.2 | >199999 2.5 5 0.4 | batch 1 2 0.16 | batch>199999 2 4 0.32
x_ai grok-4.5,grok-4.5-latest,grok-latest 2 6 0.3 | >199999 4 12 0.6
x_ai grok-4.6,grok-4.6-latest 2 6 0.5 | >199999 4 12 1
x_ai grok-4.7,grok-4.7-latest 2 6 0.5 | >199999 4 12 1
x_ai grok-build-0.1 1 2 0.2 | >199999 2 4 0.4
x_ai grok-code-fast,grok-code-fast-1,grok-code-fast-1-0825 0.2 1.5 0.02
`
