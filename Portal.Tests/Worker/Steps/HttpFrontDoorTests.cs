using Microsoft.AspNetCore.Http;
using Portal.Core.Inquiries;
using Portal.Worker.Aws;
using Portal.Worker.Inquiries;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Worker.Steps;

public sealed class HttpFrontDoorTests
{
    [Fact]
    public async Task Ask_AnswerThatPointsElsewhere_IsNotFollowedAndItsBodyIsBounded()
    {
        await using var stub = await StubServer.StartAsync(async (_, response) =>
        {
            response.StatusCode = 302;
            response.Headers.Location = "http://169.254.169.254/latest/meta-data";
            response.Headers.Append("Set-Cookie", "session=abc; Path=/");
            await response.WriteAsync(new string('x', 100));
        });
        using var door = new HttpFrontDoor(TimeProvider.System);
        var target = new AwsTarget("t", "1", "us-east-1", null, stub.Url.ToString());

        var answer = await door.AskAsync(target, new Doorway("a1", "v1"), new DoorRequest("POST", "/cart?a=1") { Body = "{}", Headers = [new("Content-Type", "text/plain"), new("X-One", "1")] }, mostBody: 10, default);

        answer.Status.ShouldBe(302);
        (answer.Body.Length, answer.IsCut).ShouldBe((10, true));
        var headers = DoorText.Headers(answer);
        headers.ShouldContain("Location: http://169.254.169.254/latest/meta-data");
        headers.ShouldContain("Set-Cookie: [removed]; Path=/");
        var asked = stub.Requests.ShouldHaveSingleItem();
        (asked.Method, asked.PathAndQuery, asked.Body).ShouldBe(("POST", "/v1/cart?a=1", "{}"));
        (asked.Headers["Host"], asked.Headers["Content-Type"], asked.Headers["X-One"]).ShouldBe(("a1.execute-api.us-east-1.amazonaws.com", "text/plain", "1"));
    }

    [Fact]
    public void Body_Json_IsReadableAndWithoutSecrets()
    {
        var (text, note) = DoorText.Body(Answer("""{"item":1,"password":"abc"}"""u8.ToArray()));

        text.ShouldBe("{\n  \"item\": 1,\n  \"password\": [removed]\n}");
        note.ShouldBe("What looks like a secret is left out.");
    }

    [Fact]
    public void Body_WhatIsNoTextOrCutWithinALetter_IsToldAndNotMangled()
    {
        DoorText.Body(Answer([0x1f, 0x8b, 0xff, 0x00])).ShouldBe((null, "4 bytes that are no text (UTF-8)."));
        DoorText.Body(Answer("ä"u8.ToArray()[..1], isCut: true)).ShouldBe(("", "Only the first 1 bytes."));
        DoorText.Body(Answer([])).ShouldBe((null, null));
        var (text, note) = DoorText.Body(Answer([.. Enumerable.Repeat((byte)'x', 5_000)]));
        text!.Length.ShouldBe(1_001);
        note.ShouldBe("Lines end after 1,000 characters.");
    }

    private static DoorAnswer Answer(byte[] body, bool isCut = false) => new(200, null, null) { Body = body, IsCut = isCut };
}
