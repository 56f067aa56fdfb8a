package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"

	"github.com/hashicorp/vault/sdk/framework"
)

var types = []struct {
	name string
	t    framework.FieldType
}{
	{"string", framework.TypeString},
	{"lowerCaseString", framework.TypeLowerCaseString},
	{"nameString", framework.TypeNameString},
	{"int", framework.TypeInt},
	{"int64", framework.TypeInt64},
	{"float", framework.TypeFloat},
	{"bool", framework.TypeBool},
	{"durationSecond", framework.TypeDurationSecond},
	{"signedDurationSecond", framework.TypeSignedDurationSecond},
	{"slice", framework.TypeSlice},
	{"stringSlice", framework.TypeStringSlice},
	{"commaStringSlice", framework.TypeCommaStringSlice},
	{"commaIntSlice", framework.TypeCommaIntSlice},
	{"kvPairs", framework.TypeKVPairs},
	{"map", framework.TypeMap},
}

// Each is the JSON text of a value, as a plugin gets it.
var inputs = []string{
	`null`, `true`, `false`,
	`0`, `1`, `-1`, `90`, `1.5`, `-1.5`, `-0.5`, `-0`, `0.1`, `1e3`, `1e-7`, `1e21`, `1.5e300`, `123456789012`,
	`9007199254740991`, `9007199254740993`, `9223372036`, `9223372037`, `-9223372037`, `9223372036854775807`, `1e19`,
	`""`, `" "`, `"a"`, `" a , b "`, `"a,b"`, `",a,,b,"`, `"Straße ÄÖÜ ΟΔΟΣ İ"`, `"😀"`, `"\u0085a\u00a0\ufeff"`, `"a\nb"`,
	`"true"`, `"TRUE"`, `"True"`, `"tRUE"`, `"t"`, `"F"`, `"yes"`, `"on"`,
	`"0"`, `"1"`, `"-1"`, `"+1"`, `"90"`, `" 90 "`, `"-90"`, `"1.5"`, `".5"`, `"5."`, `"."`, `"1e3"`, `"1E-2"`, `"1e400"`, `"-0"`,
	`"0x10"`, `"0X1F"`, `"0b101"`, `"0o17"`, `"010"`, `"08"`, `"00"`, `"1_000"`, `"_1"`, `"1_"`, `"1__0"`, `"0x_10"`, `"0_7"`, `"0x"`,
	`"0x1p-2"`, `"0x1.8p1"`, `"0x.8p1"`, `"0x1_0p0"`, `"1_0.5"`, `"0x1p"`, `"NaN"`, `"nan"`, `"Inf"`, `"-inf"`, `"+Infinity"`,
	`"9007199254740993"`, `"9223372036854775807"`, `"9223372036854775808"`, `"99999999999999999999999"`,
	`"1d"`, `"-1d"`, `"+2d"`, `"1.5d"`, `"d"`, `"106751d"`, `"106752d"`, `"1d12h"`, `"1h30m"`, `"1.5h"`, `"1h 30m"`, `"-1h30m"`,
	`"+1m"`, `"1500ms"`, `"-1500ms"`, `"1us"`, `"1µs"`, `"1μs"`, `"1ns"`, `"30"`, `"30s"`, `"1m30s"`, `"s"`, `".5s"`, `"5.s"`, `".s"`,
	`"1x"`, `"1constructor"`, `"1H"`, `"--1s"`, `"1s-1s"`, `"9223372036"`, `"9223372037"`, `"-9223372037"`, `"2562047h"`, `"2562048h"`,
	`"0.0000000000000000000000001h"`, `"0.99999999999999999999999999s"`, `"000000000000000000000000000001s"`,
	`[]`, `[null]`, `["a"]`, `["a","b"]`, `[" a ",""]`, `["a,b","c"]`, `[1,2]`, `[1.5,true]`, `["1","0x10",""]`, `["x"]`, `[["a"]]`, `[[]]`,
	`{}`, `{"a":"b"}`, `{"a":1}`, `{"a":1.5,"b":true,"c":null}`, `{"a":{"b":1}}`, `{"a":[1]}`, `{"":"x"}`, `{"__proto__":"x"}`,
	`[{"a":"b"},{"c":"d"}]`, `[{"a":"b"},{"a":"c"}]`, `[{}]`, `[[{"a":"b"}]]`, `[{"a":"b"},"c=d"]`, `[null,{"a":"b"}]`,
	`"k=v"`, `"k=v=w"`, `"k="`, `"=v"`, `"k"`, `"k=v,l=w"`, `["k=v"]`, `["k=v","l=w"]`, `["k=v","k=w"]`, `["k"]`, `["k=v",1]`,
	`"{\"a\":\"b\"}"`, `"{\"a\":1}"`, `" {\"a\":\"b\"}"`, `"{\"a\":{}}"`, `"{a=b}"`, `"[\"a\"]"`, `"{"`,
	`"1,2"`, `"1, 2"`, `"1,,2"`, `"1,x"`, `"0x10,010"`,
	`"a-b.c"`, `"-a"`, `"a-"`, `"a/b"`, `"_a_"`, `"é"`, `"a b"`, `"a\n"`, `"../a"`,
}

type fieldTypeCase struct {
	Type  string `json:"type"`
	Raw   string `json:"raw"`
	Error bool   `json:"error,omitempty"`
	// Absent says that the value counts as not sent.
	Absent bool `json:"absent,omitempty"`
	Value  any  `json:"value,omitempty"`
	// NotJSON is a value that JSON cannot carry.
	NotJSON string `json:"notJSON,omitempty"`
}

func fieldTypes() []fieldTypeCase {
	var table []fieldTypeCase
	for _, t := range types {
		for _, input := range inputs {
			c := convert(t.t, input)
			c.Type = t.name
			table = append(table, c)
		}
	}
	return table
}

func convert(t framework.FieldType, input string) fieldTypeCase {
	result := fieldTypeCase{Raw: input}
	raw := map[string]any{}
	if err := json.Unmarshal([]byte(fmt.Sprintf(`{"x":%s}`, input)), &raw); err != nil {
		log.Fatalf("%s: %s", input, err)
	}
	data := framework.FieldData{Raw: raw, Schema: map[string]*framework.FieldSchema{"x": {Type: t}}}
	value, ok, err := data.GetOkErr("x")
	if f, isFloat := value.(float64); isFloat && (math.IsNaN(f) || math.IsInf(f, 0)) {
		result.NotJSON = fmt.Sprint(f)
		return result
	}
	result.Error = err != nil
	if err == nil {
		result.Absent = !ok
		result.Value = value
	}
	return result
}
