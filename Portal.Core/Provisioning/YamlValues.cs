using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace Portal.Core.Provisioning;

/// <summary>YAML as the JSON it stands for.</summary>
internal static class YamlValues
{
    /// <summary>What is in quotes stays a string.</summary>
    public static JsonNode? ToJson(string yaml)
    {
        var value = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(yaml);
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(value));
    }
}
