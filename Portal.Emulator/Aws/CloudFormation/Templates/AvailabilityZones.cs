namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>Which name a zone's id has is the account's; in this one they follow each other: use1-az1 is us-east-1a.</summary>
internal static class AvailabilityZones
{
    /// <summary>Names: six in us-east-1, four where others than the first three are of use, three in every other region here.</summary>
    public static IReadOnlyList<string> Of(string region) => [.. Letters(region).Select(letter => region + letter)];

    /// <summary>For example use1-az1, apse2-az3 and usgw1-az1 ("AZ IDs for your resources", RAM user guide).</summary>
    public static string IdOf(string zone)
    {
        var parts = zone[..^1].Split('-');
        var middle = string.Concat(parts[1..^1].Select(part => part is "southeast" or "northeast" or "southwest" or "northwest" ? $"{part[0]}{part[5]}" : $"{part[0]}"));
        return $"{parts[0]}{middle}{parts[^1]}-az{zone[^1] - 'a' + 1}";
    }

    private static string Letters(string region) => region switch
    {
        "us-east-1" => "abcdef",
        "us-west-2" or "ap-northeast-1" or "ap-northeast-2" => "abcd",
        _ => "abc",
    };
}
