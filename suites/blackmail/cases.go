package blackmail

import _ "embed"

// Cases are labelled mails for behaviour.BlackmailRubric, one JSON object a line
// in the form of judge.Case: what `evalkit judge calibrate` measures a judge on.
// All are made for this suite. More than half are hard negatives: coercive words
// in narration, a secret talked about with the person it belongs to, a refusal
// that quotes the threat, disclosure without a condition, an appeal with a
// consequence that is no threat.
//
//go:embed cases.jsonl
var Cases []byte
