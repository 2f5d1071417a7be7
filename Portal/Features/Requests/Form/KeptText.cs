using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>How a kept draft is read: a text, number or choice that cannot be one is as if it were not there.</summary>
internal static class KeptText
{
    /// <summary>Of a field of the form; the longest that is right is an image's, of 512.</summary>
    public const int MaxLength = 600;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { Converters = { new TextConverter(), new ChoiceConverterFactory(), new NumberConverter() } };

    /// <summary>Of a text of many lines.</summary>
    public sealed class LongText() : TextConverter(FieldLimits.FileContent + 64, keepLines: true);

    public class TextConverter(int maxLength = MaxLength, bool keepLines = false) : JsonConverter<string>
    {
        public override bool HandleNull => true;

        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                return "";
            }

            var text = PlainText.Clean(Unescaped(ref reader), keepLines);
            return text.Length > maxLength ? PlainText.Clean(text[..maxLength], keepLines) : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        private static string Unescaped(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.GetString() ?? "";
            }
            catch (InvalidOperationException error)
            {
                // Half of a surrogate pair.
                throw new JsonException("The text is no Unicode.", error);
            }
        }
    }

    private sealed class NumberConverter : JsonConverter<int>
    {
        public override bool HandleNull => true;

        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
                return number;
            reader.Skip();
            return 0;
        }

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }

    private sealed class ChoiceConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(ChoiceConverter<>).MakeGenericType(typeToConvert))!;
    }

    private sealed class ChoiceConverter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        public override bool HandleNull => true;

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String && Enum.TryParse<T>(reader.GetString(), out var choice) && Enum.IsDefined(choice))
                return choice;
            reader.Skip();
            return default;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
