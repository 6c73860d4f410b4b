package report

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// A value that cannot be marshalled hangs ginkgo -p for good: whatever stands in whichever field, it must be possible.
func TestAssertionCanAlwaysBeMarshalled(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0.9} {
		var a Assertion
		fields := reflect.ValueOf(&a).Elem()
		for i := range fields.NumField() {
			switch f := fields.Field(i); f.Kind() {
			case reflect.Float64:
				f.SetFloat(x)
			case reflect.String:
				f.SetString("\xff\x00 text")
			case reflect.Int, reflect.Bool:
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
				for j := range f.Elem().NumField() { // counts alone, which every JSON has a form for
					if kind := f.Elem().Field(j).Kind(); kind != reflect.Int && kind != reflect.Bool {
						t.Fatalf("%s holds a %v: is it safe to marshal?", fields.Type().Field(i).Name, kind)
					}
				}
			case reflect.Struct:
				if _, counts := f.Interface().(Split); !counts { // of ints alone
					t.Fatalf("%s is a struct: is it safe to marshal?", fields.Type().Field(i).Name)
				}
			default:
				t.Fatalf("%s is a %v: is it safe to marshal?", fields.Type().Field(i).Name, f.Kind())
			}
		}
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("with %v: %v", x, err)
		}
		var back Assertion
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("with %v, read back: %v", x, err)
		}
		if x == 0.9 && back.P != 0.9 {
			t.Errorf("P is lost: %s", data)
		}
	}
}
