// Command argo turns a compiled pipeline into an Argo Workflow with KFP's own compiler.
//
//	argo FILE.yaml
//
// FILE.yaml holds a PipelineSpec and, after ---, a PlatformSpec. The workflow is printed as JSON; what the compiler refuses is
// printed on stderr, with exit code 1.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kubeflow/pipelines/api/v2alpha1/go/pipelinespec"
	"github.com/kubeflow/pipelines/backend/src/apiserver/config/proxy"
	"github.com/kubeflow/pipelines/backend/src/v2/compiler/argocompiler"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"gopkg.in/yaml.v3"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: argo FILE.yaml")
		os.Exit(2)
	}
	// As KFP's API server does when it starts; the compiler panics without it. No proxy, whatever this machine has.
	proxy.InitializeConfig("", "", "")
	if err := compile(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compile(file string, out io.Writer) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	documents, err := read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	spec := &structpb.Struct{}
	if err := protojson.Unmarshal(documents[0], spec); err != nil {
		return fmt.Errorf("%s: the PipelineSpec: %w", file, err)
	}
	var kubernetes *pipelinespec.SinglePlatformSpec
	if len(documents) > 1 {
		platforms := &pipelinespec.PlatformSpec{}
		if err := protojson.Unmarshal(documents[1], platforms); err != nil {
			return fmt.Errorf("%s: the PlatformSpec: %w", file, err)
		}
		kubernetes = platforms.GetPlatforms()["kubernetes"]
	}
	workflow, err := argocompiler.Compile(&pipelinespec.PipelineJob{PipelineSpec: spec}, kubernetes, nil)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(workflow)
}

// read returns the YAML documents as JSON.
func read(text []byte) ([][]byte, error) {
	var documents [][]byte
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document map[string]any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		encoded, err := json.Marshal(document)
		if err != nil {
			return nil, err
		}
		documents = append(documents, encoded)
	}
	if len(documents) == 0 {
		return nil, errors.New("no YAML document")
	}
	return documents, nil
}
