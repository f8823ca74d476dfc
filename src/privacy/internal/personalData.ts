/**
 * Finds and masks personal data.
 *
 * @internal
 */
import { mask } from "./credentials.ts"

const emails = /(?<![\w.%+-])[\w.%+-]+@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g

/** @internal */
export const withoutEmails = (text: string): string => text.includes("@") ? text.replace(emails, mask) : text

const phones =
  /(?<![\w.+-])(?:\+\d{8,15}|(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){1,4})(?![\w-])/g

// Fewer digits are a date or an amount. More digits are not a phone number.
const isPhone = (found: string): boolean => {
  const digits = found.replace(/\D/g, "").length
  return digits >= 9 && digits <= 15
}

/** @internal */
export const withoutPhones = (text: string): string => text.replace(phones, (found) => isPhone(found) ? mask : found)

const cards = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g

/** Checks Luhn's checksum of a card number. @internal */
export const isCard = (found: string): boolean => {
  const digits = found.replace(/\D/g, "")
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = digit * 2
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0 && /[1-9]/.test(digits)
}

/** @internal */
export const withoutCards = (text: string): string => text.replace(cards, (found) => isCard(found) ? mask : found)

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)"
const v4 = new RegExp(`(?<![\\w.])(?:${octet}\\.){3}${octet}(?![\\w.]\\d|\\d)`, "g")
const v6 = /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi

// A time of day has colons too. An address has eight groups, or `::` in place of some.
const isV6 = (found: string): boolean => found.includes("::") ? found.length > 2 : found.split(":").length === 8

/** @internal */
export const withoutAddresses = (text: string): string =>
  text.replace(v4, mask).replace(v6, (found) => isV6(found) ? mask : found)
