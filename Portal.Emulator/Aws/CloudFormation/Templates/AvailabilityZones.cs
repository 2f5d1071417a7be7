namespace Portal.Emulator.Aws.CloudFormation.Templates;

internal static class AvailabilityZones
{
    /// <summary>Names: us-east-1 has six zones, every other region three here.</summary>
    public static IReadOnlyList<string> Of(string region) => [.. (region == "us-east-1" ? "abcdef" : "abc").Select(letter => region + letter)];
}
