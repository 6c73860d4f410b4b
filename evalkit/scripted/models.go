package scripted

import (
	"fmt"
	"net/http"
	"strings"
)

// wireModel is an entry of the list of models.
type wireModel struct {
	ID          string `json:"id"`
	Object      string `json:"object"`
	Created     int64  `json:"created"`
	OwnedBy     string `json:"owned_by"`
	Description string `json:"description"`
}

func modelOf(p Policy) wireModel {
	return wireModel{ID: p.Name, Object: "model", OwnedBy: fingerprint, Description: p.Doc}
}

func (x *exchange) models() *apiError {
	list := struct {
		Object string      `json:"object"`
		Data   []wireModel `json:"data"`
	}{Object: "list", Data: []wireModel{}}
	for _, name := range x.s.names() {
		if p, ok := x.s.lookup(name); ok {
			list.Data = append(list.Data, modelOf(p))
		}
	}
	return x.writeJSON(list)
}

func (x *exchange) model(name string) *apiError {
	p, ok := x.s.lookup(name)
	if !ok {
		return x.s.unknownModel(name)
	}
	return x.writeJSON(modelOf(p))
}

func (x *exchange) writeJSON(v any) *apiError {
	b := getBuffer()
	defer putBuffer(b)
	if err := encode(b, v); err != nil {
		return errorOf(http.StatusInternalServerError, "server_error", "", err.Error())
	}
	x.write(http.StatusOK, jsonType, b.Bytes())
	return nil
}

func (s *Server) unknownModel(name string) *apiError {
	known := "none"
	if names := s.names(); len(names) > 0 {
		known = strings.Join(names, ", ")
	}
	e := errorOf(http.StatusNotFound, "invalid_request_error", "model_not_found", fmt.Sprintf("The model '%.200s' does not exist; the scripted models here are: %s.", name, known))
	param := "model"
	e.Param = &param
	return e
}
