using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Tests.Emulator.Kubernetes;

public sealed class PatchTests
{
    /// <summary>RFC 7386, appendix A.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void MergePatch_OfRfcExamples_GivesTheirResults(string target, string patch, string expected) =>
        MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch))!.ToJsonString().ShouldBe(expected);

    /// <summary>RFC 6902, appendix A.</summary>
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"foo":{"bar":"baz"},"qux":{}}""", """[{"op":"move","from":"/foo/bar","path":"/qux/thud"}]""", """{"foo":{},"qux":{"thud":"baz"}}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc"]}]""", """{"foo":["bar",["abc"]]}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10},{"op":"replace","path":"/~1","value":1}]""", """{"~1":10,"/":1}""")]
    public void JsonPatch_OfRfcExamples_GivesTheirResults(string target, string patch, string expected) =>
        JsonPatch.Apply((JsonObject)JsonNode.Parse(target)!, (JsonArray)JsonNode.Parse(patch)!).ToJsonString().ShouldBe(expected);

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""[{"op":"remove","path":"/b"}]""")]
    [InlineData("""[{"op":"add","path":"/b/c","value":1}]""")]
    public void JsonPatch_ThatDoesNotFit_IsRefused(string patch) =>
        Should.Throw<ApiException>(() => JsonPatch.Apply((JsonObject)JsonNode.Parse("""{"a":1}""")!, (JsonArray)JsonNode.Parse(patch)!)).Code.ShouldBe(422);

    /// <summary>kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch and the API's patchMergeKey tags.</summary>
    [Theory]
    [InlineData("PodSpec", """{"containers":[{"name":"a","image":"1"}]}""", """{"containers":[{"name":"b","image":"2"}]}""", """{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a","image":"1","tty":true}]}""", """{"containers":[{"name":"a","image":"2"}]}""", """{"containers":[{"name":"a","image":"2","tty":true}]}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"name":"a","$patch":"delete"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a","env":[{"name":"X","value":"1"}]}]}""", """{"containers":[{"name":"a","env":[{"name":"X","value":"2"},{"name":"Y","value":"3"}]}]}""", """{"containers":[{"name":"a","env":[{"name":"X","value":"2"},{"name":"Y","value":"3"}]}]}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a","ports":[{"containerPort":80}]}]}""", """{"containers":[{"name":"a","ports":[{"containerPort":81}]}]}""", """{"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":81}]}]}""")]
    [InlineData("Service", """{"spec":{"ports":[{"port":80,"name":"a"}]}}""", """{"spec":{"ports":[{"port":80,"name":"b"}]}}""", """{"spec":{"ports":[{"port":80,"name":"b"}]}}""")]
    [InlineData("PodSpec", """{"tolerations":[{"key":"a"}]}""", """{"tolerations":[{"key":"b"}]}""", """{"tolerations":[{"key":"b"}]}""")]
    [InlineData("DeploymentSpec", """{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}""", """{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}""", """{"strategy":{"type":"Recreate"}}""")]
    [InlineData("Pod", """{"metadata":{"finalizers":["a","b"]}}""", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}}""", """{"metadata":{"finalizers":["b"]}}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a"},{"name":"b"}]}""", """{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"1"}]}""", """{"containers":[{"name":"b"},{"name":"a","image":"1"}]}""")]
    [InlineData("ConfigMap", """{"data":{"a":"1","b":"2"}}""", """{"data":{"$patch":"replace","c":"3"}}""", """{"data":{"c":"3"}}""")]
    [InlineData("Pod", """{"metadata":{"finalizers":["a"]}}""", """{"metadata":{"finalizers":["b"]}}""", """{"metadata":{"finalizers":["a","b"]}}""")]
    [InlineData("PodSpec", """{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"$patch":"replace"},{"name":"c"}]}""", """{"containers":[{"name":"c"}]}""")]
    [InlineData("PodSpec", """{"volumes":[{"name":"v","emptyDir":{}}]}""", """{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}""", """{"volumes":[{"name":"v","configMap":{"name":"c"}}]}""")]
    [InlineData("PodSpec", """{"nodeSelector":{"a":"1"}}""", """{"nodeSelector":{"a":null,"b":"2"}}""", """{"nodeSelector":{"b":"2"}}""")]
    public void StrategicMergePatch_JoinsListsByTheirKeys(string type, string target, string patch, string expected) =>
        StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(target)!, (JsonObject)JsonNode.Parse(patch)!, ApiSchema.Find(type)).ToJsonString().ShouldBe(expected);
}
