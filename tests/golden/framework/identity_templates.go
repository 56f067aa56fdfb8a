package main

import (
	"encoding/hex"
	"log"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/helper/identitytpl"
	"github.com/hashicorp/vault/sdk/logical"
	"google.golang.org/protobuf/proto"
)

// Whose token a template is populated for. The wire forms are what a host sends.
type identitySubject struct {
	Name     string   `json:"name"`
	EntityID string   `json:"entityID"`
	Entity   string   `json:"entity,omitempty"`
	Groups   []string `json:"groups"`
	entity   *logical.Entity
	groups   []*logical.Group
}

var identitySubjects = []identitySubject{
	{
		Name: "everything", EntityID: "entity-id",
		entity: &logical.Entity{
			ID: "entity-id", Name: "entity-name", Disabled: true, NamespaceID: "entity-namespace",
			Metadata: map[string]string{"team": "a", "a.b": "dotted", "empty": "", " space ": "spaces", "": "nameless", "__proto__": "plain"},
			Aliases: []*logical.Alias{
				{
					ID: "alias-id", MountType: "userpass", MountAccessor: "auth_userpass_1", Name: "alias-name", NamespaceID: "alias-namespace",
					Metadata: map[string]string{"from": "mount"}, CustomMetadata: map[string]string{"from": "operator", "x.y": "dotted"},
				},
				{ID: "second-id", MountType: "approle", MountAccessor: "auth_approle_2", Name: "", Metadata: map[string]string{"role_name": "ci"}},
				{ID: "third-id", MountType: "approle", MountAccessor: "auth_approle_2", Name: "shadowed"},
			},
		},
		groups: []*logical.Group{
			{ID: "group-id", Name: "group-name", NamespaceID: "group-namespace", Metadata: map[string]string{"cost": "center", "empty": "", "a.b": "dotted"}},
			{ID: "other-id", Name: "", NamespaceID: "root"},
			{ID: "third-id", Name: "group-name", NamespaceID: "root"},
		},
	},
	{Name: "bare", EntityID: "bare-id", entity: &logical.Entity{ID: "bare-id"}},
	{Name: "nobody"},
}

var identityTemplates = []string{
	"", "plain", "{", "}", "}}", "{{", "a}}b", "{{}}", "{{ }}", "{{{{}}}}", "{{identity.entity.id}", "{{identity.entity.id}}}}", "{{identity.entity.id}}}",
	"{{{identity.entity.id}}}", "{{identity.entity.id", "identity.entity.id}}", "a}}{{identity.entity.id}}", "{{identity.entity.id}}{{", "{ {identity.entity.id} }",
	"{{identity.entity.id}}", "{{ identity.entity.id }}", "{{\t\u00a0identity.entity.id\n}}", "a-{{identity.entity.name}}-b", "{{identity.entity.id}}{{identity.entity.name}}",
	"{{identity.entity.ID}}", "{{identity.entity}}", "{{identity.entity.}}", "{{identity}}", "{{identity.}}", "{{entity.id}}", "{{role}}", "{{identity.entity.id.x}}",
	"{{identity.entity.metadata}}", "{{identity.entity.metadata.}}", "{{identity.entity.metadata.team}}", "{{identity.entity.metadata.a.b}}",
	"{{identity.entity.metadata.empty}}", "{{identity.entity.metadata.none}}", "{{identity.entity.metadata. space }}", "{{identity.entity.metadata. space x}}",
	"{{identity.entity.metadata.__proto__}}", "{{identity.entity.metadata.constructor}}", "{{identity.entity.metadata.toString}}",
	"{{identity.entity.groups.names}}", "{{identity.entity.groups.ids}}", "{{identity.entity.aliases}}", "{{identity.entity.aliases.}}",
	"{{identity.entity.aliases.auth_userpass_1}}", "{{identity.entity.aliases.auth_userpass_1.}}", "{{identity.entity.aliases.auth_userpass_1.id}}",
	"{{identity.entity.aliases.auth_userpass_1.name}}", "{{identity.entity.aliases.auth_userpass_1.metadata}}", "{{identity.entity.aliases.auth_userpass_1.metadata.from}}",
	"{{identity.entity.aliases.auth_userpass_1.metadata.none}}", "{{identity.entity.aliases.auth_userpass_1.custom_metadata}}",
	"{{identity.entity.aliases.auth_userpass_1.custom_metadata.from}}", "{{identity.entity.aliases.auth_userpass_1.custom_metadata.x.y}}",
	"{{identity.entity.aliases.auth_userpass_1.custom_metadata.none}}", "{{identity.entity.aliases.auth_userpass_1.mount_type}}",
	"{{identity.entity.aliases.auth_approle_2.id}}", "{{identity.entity.aliases.auth_approle_2.name}}", "{{identity.entity.aliases.auth_approle_2.metadata.role_name}}",
	"{{identity.entity.aliases.auth_approle_2.custom_metadata.from}}", "{{identity.entity.aliases.none.id}}", "{{identity.entity.aliases.none.what}}", "{{identity.entity.aliases..id}}",
	"{{identity.groups}}", "{{identity.groups.}}", "{{identity.groups.ids}}", "{{identity.groups.ids.}}", "{{identity.groups.ids.group-id}}", "{{identity.groups.ids.group-id.}}",
	"{{identity.groups.what}}", "{{identity.groups.what.group-id.name}}", "{{identity.groups.ids.group-id.name}}", "{{identity.groups.ids.group-id.id}}", "{{identity.groups.ids.other-id.name}}",
	"{{identity.groups.ids.other-id.id}}", "{{identity.groups.ids.group-id.metadata}}", "{{identity.groups.ids.group-id.metadata.cost}}", "{{identity.groups.ids.group-id.metadata.a.b}}",
	"{{identity.groups.ids.group-id.metadata.empty}}", "{{identity.groups.ids.group-id.metadata.none}}", "{{identity.groups.ids.none.name}}", "{{identity.groups.ids.none.what}}",
	"{{identity.groups.names.group-name.id}}", "{{identity.groups.names.group-name.name}}", "{{identity.groups.names.group-name.metadata.cost}}", "{{identity.groups.names.none.id}}",
	"{{identity.groups.names..id}}", "{{identity.groups.names.group-name.namespace_id}}",
	"{{identity.groups.names.group-name.id}}/{{identity.entity.name}}/{{time.now.plus.1h}}",
	"{{time}}", "{{time.}}", "{{time.now}}", "{{time.now.}}", "{{time.now.plus}}", "{{time.now.plus.}}", "{{time.now.plus.1h}}", "{{time.now.plus.90}}", "{{time.now.plus.1.5h}}",
	"{{time.now.minus.1d}}", "{{time.now.minus.-1h}}", "{{time.now.times.2}}", "{{time.now.plus.soon}}", "{{time.then}}", "{{time.now.plus.1500ms}}", "{{time.now.minus.1500ms}}",
}

type identityCase struct {
	Subject  string `json:"subject"`
	Template string `json:"template"`
	Value    string `json:"value"`
	Error    string `json:"error,omitempty"`
}

type identityValidity struct {
	Template string `json:"template"`
	// HasTemplating tells a template from a plain text.
	HasTemplating bool `json:"hasTemplating"`
	Valid         bool `json:"valid"`
}

var identityNow = time.Unix(1_800_000_000, 0)

func identitySubjectTable() []identitySubject {
	for i := range identitySubjects {
		s := &identitySubjects[i]
		if s.entity != nil {
			s.Entity = wireForm(s.entity)
		}
		s.Groups = []string{}
		for _, group := range s.groups {
			s.Groups = append(s.Groups, wireForm(group))
		}
	}
	return identitySubjects
}

func wireForm(message proto.Message) string {
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		log.Fatal(err)
	}
	return hex.EncodeToString(bytes)
}

func identityTemplateTable() []identityCase {
	var table []identityCase
	for _, subject := range identitySubjects {
		for _, template := range identityTemplates {
			c := identityCase{Subject: subject.Name, Template: template}
			view := logical.StaticSystemView{EntityVal: subject.entity, GroupsVal: subject.groups}
			value, err := framework.PopulateIdentityTemplate(template, subject.EntityID, view)
			if err == nil && value != template {
				// Once more, at a time that is known.
				_, value, err = identitytpl.PopulateString(identitytpl.PopulateStringInput{
					String: template, Entity: subject.entity, Groups: subject.groups, Mode: identitytpl.ACLTemplating, Now: identityNow,
				})
			}
			c.Value = value
			if err != nil {
				c.Error = err.Error()
			}
			table = append(table, c)
		}
	}
	return table
}

func identityValidityTable() []identityValidity {
	var table []identityValidity
	for _, template := range identityTemplates {
		hasTemplating, err := framework.ValidateIdentityTemplate(template)
		table = append(table, identityValidity{Template: template, HasTemplating: hasTemplating, Valid: err == nil})
	}
	return table
}
