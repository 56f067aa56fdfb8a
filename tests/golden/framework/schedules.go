package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/rotation"
)

// Schedules that people write, and such as tell the edges of the grammar.
var goSchedules = []string{
	"0 3 * * *", "*/15 * * * *", "0 0 1 * *", "0 0 29 2 *", "59 23 31 12 *", "0 0 31 * *", "30 2 * * SUN", "0 9-17/2 * * MON-FRI",
	"0 0 13 * FRI", "0 0 1,15 * WED", "0 0 */2 * MON", "0 0 */1 * MON", "0 0 1-31 * MON", "0 0 1 * */1", "0 0 1 * */2", "0 0 1 * 0-6",
	"0 0 ? * MON", "0 0 1 * ?", "0 0 5,* * MON", "0 0 29 2 MON", "0 0 30 2 MON", "50/4 * * * *", "* 20/2 * * *", "0 0 * JAN,jul *",
	"0 0 1 Feb-ApR *", "0 0 * * Mon/2", "+5 007 * * *", "*/100 * * * *", "1,,2 * * * *", "\t0  0 1 1\n* ", "5-5/9 * * * *",
	"30 2 29 3 *", "30 1 25 10 *", "0 0 31 2,3 *", "0 0 29 2,4 *", "0 0 30-31 FEB,NOV *",
	"", " ", "* * * *", "0 0 0 * * *", "@daily", "@every 1h", "@reboot", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
	"* * * 0 *", "* * * 13 *", "* * * * 7", "* * * * FRI-SUN", "*/0 * * * *", "*/-5 * * * *", "*/5/5 * * * *", "1-2-3 * * * *",
	"-5 * * * *", "5- * * * *", "9-5 * * * *", "1.5 * * * *", "0x1 * * * *", "1_0 * * * *", "JAN * * * *", "0 0 MON * *", "0 0 L * *",
	"0 0 15W * *", "0 0 * * 5L", "0 0 * * MON#2", "0 0 * * +MON", "0 0 * JANUARY *", "H 0 * * *", "~ 0 * * *", "0 0 * * MON;TUE",
	"0 0 * * 1|2", "*/ * * * *", "/5 * * * *", "** * * * *", "*5 * * * *", "0 0 * * SUN-", "99999999999999999999 * * * *", "'0 0 * * *'",
}

type scheduleCase struct {
	Schedule string `json:"schedule"`
	// Why Vault refuses it.
	Error string `json:"error,omitempty"`
	// From is where to begin, and Next has the moments after it, one after another.
	From string   `json:"from,omitempty"`
	Next []string `json:"next,omitempty"`
}

func schedules() []scheduleCase {
	random := rand.New(rand.NewPCG(14, 11))
	var table []scheduleCase
	for _, text := range goSchedules {
		table = append(table, scheduled(random, text))
	}
	for range 400 {
		table = append(table, scheduled(random, randomSchedule(random)))
	}
	return table
}

func scheduled(random *rand.Rand, text string) scheduleCase {
	schedule, err := rotation.DefaultScheduler.Parse(text)
	if err != nil {
		return scheduleCase{Schedule: text, Error: err.Error()}
	}
	moment := time.Date(2024+random.IntN(8), time.January, 1, 0, 0, 0, 0, time.UTC)
	moment = moment.Add(time.Duration(random.Int64N(int64(365 * 24 * time.Hour)))).Truncate(time.Millisecond)
	c := scheduleCase{Schedule: text, From: moment.Format("2006-01-02T15:04:05.999Z")}
	for range 4 {
		moment = schedule.Next(moment)
		if moment.IsZero() {
			break
		}
		c.Next = append(c.Next, moment.Format("2006-01-02T15:04Z"))
	}
	return c
}

var dayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "mon", "Fri"}
var monthNames = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "feb", "Dec"}

func randomSchedule(random *rand.Rand) string {
	fields := []string{
		randomField(random, 0, 59, nil), randomField(random, 0, 23, nil), randomField(random, 1, 31, nil),
		randomField(random, 1, 12, monthNames), randomField(random, 0, 6, dayNames),
	}
	// Now and then one that the grammar has not.
	if random.IntN(12) == 0 {
		at := random.IntN(len(fields))
		signs := []string{"L", "W", "#1", "?", "-", "/2", ",", "7", "*", "+1", "0", "LW", "%"}
		fields[at] += signs[random.IntN(len(signs))]
	}
	return strings.Join(fields, " ")
}

func randomField(random *rand.Rand, least, most int, names []string) string {
	if random.IntN(5) < 2 {
		return "*"
	}
	var parts []string
	for range 1 + random.IntN(3) {
		parts = append(parts, randomRange(random, least, most, names))
	}
	return strings.Join(parts, ",")
}

func randomRange(random *rand.Rand, least, most int, names []string) string {
	value := func(from int) int { return from + random.IntN(most-from+1) }
	shown := func(value int) string {
		if names != nil && random.IntN(3) == 0 {
			return names[value-least]
		}
		return fmt.Sprint(value)
	}
	from := value(least)
	text := shown(from)
	switch random.IntN(8) {
	case 0, 1:
		text += "-" + shown(value(from))
	case 2:
		text += "-" + shown(value(from)) + "/" + fmt.Sprint(1+random.IntN(9))
	case 3:
		text += "/" + fmt.Sprint(1+random.IntN(9))
	case 4:
		text = "*/" + fmt.Sprint(1+random.IntN(40))
	case 5:
		if random.IntN(4) == 0 {
			text = "*"
		}
	}
	return text
}
